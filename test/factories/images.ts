import sharp from 'sharp';
import { crc32, deflateSync } from 'node:zlib';

/** A one-bit PNG of any size in a few kilobytes: what it costs is its pixels. */
export function hugePng(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 1;
  const rows = Buffer.alloc(height * (1 + Math.ceil(width / 8)));
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(rows)),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

/** A chunk of a PNG with its length and checksum. */
export function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8 + body.length);
  frame.writeUInt32BE(data.length, 0);
  body.copy(frame, 4);
  frame.writeUInt32BE(crc32(body), 4 + body.length);
  return frame;
}

/** Nothing that looks like a face. */
export function meadow(): Promise<Buffer> {
  const create = { width: 320, height: 240, channels: 3 as const, background: { r: 70, g: 140, b: 60 } };
  return sharp({ create }).jpeg().toBuffer();
}

/** The image, then its negative. */
export async function animatedWebp(photo: Buffer): Promise<Buffer> {
  const { data, info } = await sharp(photo).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const raw = { width: info.width, height: info.height * 2, channels: 3 as const, pageHeight: info.height };
  return sharp(Buffer.concat([data, data.map((value) => 255 - value)]), { raw })
    .webp({ quality: 95, loop: 0, delay: [100, 100] })
    .toBuffer();
}

export function cmykJpeg(photo: Buffer): Promise<Buffer> {
  return sharp(photo).toColourspace('cmyk').jpeg({ quality: 95 }).toBuffer();
}

export function deepPng(photo: Buffer): Promise<Buffer> {
  return sharp(photo).toColourspace('rgb16').png().toBuffer();
}

/** What every HEIC file begins with. */
export function heicHeader(): Buffer {
  const box = Buffer.from('\0\0\0\u0018ftypheic\0\0\0\0mif1heic', 'latin1');
  return Buffer.concat([box, Buffer.alloc(200)]);
}
