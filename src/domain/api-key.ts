import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const KEY_ID_LENGTH = 16;
const SECRET_LENGTH = 43;
const CHECKSUM_LENGTH = 6;
const KEY_TEXT = new RegExp(
  `^lk_(?<kind>live|test)_(?<keyId>[0-9A-Za-z]{${KEY_ID_LENGTH}})_(?<secret>[0-9A-Za-z]{${SECRET_LENGTH}})_(?<checksum>[0-9A-Za-z]{${CHECKSUM_LENGTH}})$`,
);
const OPERATOR_PREFIX = 'lk_operator_';

export type KeyKind = 'live' | 'test';

/** A key's text taken apart. `secret` is never stored, logged or shown again. */
export interface ParsedKey {
  readonly kind: KeyKind;
  /** Public part: finds the row. */
  readonly keyId: string;
  readonly secret: string;
}

export interface NewKey extends ParsedKey {
  /** The whole text, shown once: `lk_live_<keyId>_<secret>_<checksum>`. */
  readonly text: string;
}

/** Uniform base62 text: bytes past the largest multiple of 62 are thrown away. */
function randomBase62(length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < 248 && text.length < length) text += ALPHABET[byte % 62];
    }
  }
  return text;
}

function checksumOf(body: string): string {
  let value = BigInt(`0x${createHash('sha256').update(body).digest('hex').slice(0, 16)}`);
  let text = '';
  for (let i = 0; i < CHECKSUM_LENGTH; i++) {
    text += ALPHABET[Number(value % 62n)];
    value /= 62n;
  }
  return text;
}

/** A new key: 95 bits of public id, 256 bits of secret, and a checksum that tells a mistyped key without a look-up. */
export function generateKey(kind: KeyKind): NewKey {
  const keyId = randomBase62(KEY_ID_LENGTH);
  const secret = randomBase62(SECRET_LENGTH);
  const body = `lk_${kind}_${keyId}_${secret}`;
  return { kind, keyId, secret, text: `${body}_${checksumOf(body)}` };
}

/** A new operator key, `lk_operator_<secret>`, with 256 bits of secret. */
export function generateOperatorKey(): string {
  return OPERATOR_PREFIX + randomBase62(SECRET_LENGTH);
}

/** @returns null when `text` is no key at all: wrong shape, or a checksum that does not fit. */
export function parseKey(text: string): ParsedKey | null {
  const { kind, keyId, secret, checksum } = KEY_TEXT.exec(text)?.groups ?? {};
  if ((kind !== 'live' && kind !== 'test') || keyId === undefined || secret === undefined) return null;
  return checksumOf(`lk_${kind}_${keyId}_${secret}`) === checksum ? { kind, keyId, secret } : null;
}

/** Whether `text` claims to be the operator's key; says nothing about it being the right one. */
export function looksLikeOperatorKey(text: string): boolean {
  return text.startsWith(OPERATOR_PREFIX);
}

/** HMAC-SHA256(pepper, secret), 32 bytes: what is stored of a key. */
export function hashSecret(pepper: string, secret: string): Buffer {
  return createHmac('sha256', pepper).update(secret).digest();
}

/** A new key for a row that holds no secret, and its text to show this once. */
export function issueKey(pepper: string, kind: KeyKind): { keyId: string; secretHash: Uint8Array; text: string } {
  const { keyId, secret, text } = generateKey(kind);
  return { keyId, secretHash: hashSecret(pepper, secret), text };
}

/** Compares two texts or digests in a time that does not depend on where they differ. */
export function equalInConstantTime(a: string | Uint8Array, b: string | Uint8Array): boolean {
  const digest = (value: string | Uint8Array): Buffer => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(a), digest(b));
}
