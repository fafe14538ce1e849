import { createCipheriv, createDecipheriv } from 'node:crypto';
import { isId } from './ids';

/** Of a key, in bytes. */
export const SEAL_KEY_BYTES = 32;

const SEALED = /^[0-9a-f]{32}$/;
/** One block, which is as long as a UUID: the same id is always the same text, and two keys make unrelated texts of it. */
const CIPHER = 'aes-256-ecb';

/** An id as it is told to who must learn nothing of it, not even when it was made: 32 hexadecimal digits. */
export function sealId(key: Uint8Array, id: string): string {
  const cipher = createCipheriv(CIPHER, key, null).setAutoPadding(false);
  return Buffer.concat([cipher.update(id.replaceAll('-', ''), 'hex'), cipher.final()]).toString('hex');
}

/** The id that was sealed; null for a text that this key has not made. */
export function openSealedId(key: Uint8Array, sealed: string): string | null {
  if (!isSealedId(sealed)) return null;
  const decipher = createDecipheriv(CIPHER, key, null).setAutoPadding(false);
  const hex = Buffer.concat([decipher.update(sealed, 'hex'), decipher.final()]).toString('hex');
  const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return isId(id) ? id : null;
}

/** Whether it has the form of one. */
export function isSealedId(text: string): boolean {
  return SEALED.test(text);
}
