import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { MAX_IMAGE_BYTES } from '../modules/images/image-loader.service';
import { DemoError } from './gallery';

/**
 * The beginning of a file, or the whole of a shorter one, whatever it was when it was looked at before.
 * @throws DemoError when it is no file (any more), Error of the system when it cannot be read.
 */
export function readAtMost(file: string, maxBytes: number): Buffer {
  // A pipe without a writer would never be open.
  const handle = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(handle);
    if (!stats.isFile()) throw new DemoError('is no file any more');
    // One byte more than it has now: the read that meets the end is the one that gives nothing.
    const bytes = Buffer.alloc(Math.min(stats.size + 1, maxBytes));
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read) {
      read = readSync(handle, bytes, length, bytes.length - length, null);
    }
    return bytes.subarray(0, length);
  } finally {
    closeSync(handle);
  }
}

/** @throws DemoError when it has more bytes than an image may have; as `readAtMost` does. */
export function readImage(file: string): Buffer {
  const bytes = readAtMost(file, MAX_IMAGE_BYTES + 1);
  if (bytes.length > MAX_IMAGE_BYTES) throw new DemoError(tooLarge(`more than ${MAX_IMAGE_BYTES / 2 ** 20}`));
  return bytes;
}

export function tooLarge(megabytes: string): string {
  return `has ${megabytes} MB: an image may have ${MAX_IMAGE_BYTES / 2 ** 20}`;
}
