import { crc32 } from 'node:zlib';
import type { FirstImage } from './decoding-attempt';

const SIGNATURE_BYTES = 8;
/** Length and name before a chunk's data, checksum behind it. */
const HEAD_BYTES = 8;
const CRC_BYTES = 4;
const IEND = Buffer.from([0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82]);

/**
 * The image of a PNG. Decoders take what comes after the pixels as it is; but a file that ends within the last chunk of pixels
 * may still have all of them, since two checksums follow: that chunk is closed where the file ends.
 */
export function findPngImage(file: Buffer): FirstImage {
  let isAnimated = false;
  for (let at = SIGNATURE_BYTES; at + HEAD_BYTES <= file.length;) {
    const length = file.readUInt32BE(at);
    const name = file.toString('latin1', at + 4, at + HEAD_BYTES);
    const next = at + HEAD_BYTES + length + CRC_BYTES;
    if (name === 'acTL' && next <= file.length) isAnimated = file.readUInt32BE(at + HEAD_BYTES) > 1;
    if (name === 'IDAT' && next > file.length) return { attempts: [{ bytes: closedAt(file, at, length) }], isAnimated };
    at = next;
  }
  return { attempts: [{ bytes: file }], isAnimated };
}

function closedAt(file: Buffer, chunk: number, length: number): Buffer {
  const data = file.subarray(chunk + HEAD_BYTES, chunk + HEAD_BYTES + length);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(data.length);
  const body = Buffer.concat([Buffer.from('IDAT', 'latin1'), data]);
  const crc = Buffer.alloc(CRC_BYTES);
  crc.writeUInt32BE(crc32(body));
  return Buffer.concat([file.subarray(0, chunk), head, body, crc, IEND]);
}
