import { badInput, type DomainError } from '../domain/errors';

/** What a JSON text may hold, judged by its bytes before it is parsed. */
export interface JsonLimits {
  /** Openings, commas and colons outside of strings: about one a value and one a name. */
  readonly maxTokens: number;
  readonly maxDepth: number;
}

/**
 * Metadata may nest 32 levels, and lies inside at most 10 others. 1,000 files of createUploads are 8,000 tokens, 1,000 ids
 * a thousand.
 */
export const JSON_LIMITS: JsonLimits = { maxTokens: 20_000, maxDepth: 64 };

/** 10,000 images, each for a person with some metadata: parsing as many tokens takes 15-25 ms of one slow core. */
export const BULK_JSON_LIMITS: JsonLimits = { ...JSON_LIMITS, maxTokens: 250_000 };

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Longer strings are skipped by `indexOf`, which is fast but dear to call. */
const SHORT = 64;

/**
 * Counts what JSON.parse would have to make, in one pass over the bytes that ends at the first limit. Whether the text is
 * JSON at all is left to JSON.parse.
 * @throws DomainError BAD_USER_INPUT when it holds more than the limits say.
 */
export function assertJsonShape(bytes: Buffer, { maxTokens, maxDepth }: JsonLimits): void {
  let depth = 0;
  let tokens = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === QUOTE) {
      i = endOfString(bytes, i + 1);
      continue;
    }
    if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
      if (++depth > maxDepth) throw tooMuch(`must not be nested deeper than ${maxDepth} levels`);
    } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) {
      depth--;
      continue;
    } else if (byte !== COMMA && byte !== COLON) {
      continue;
    }
    if (++tokens > maxTokens) {
      throw tooMuch(`must not hold more than ${maxTokens} values and names; send less, or in several requests`);
    }
  }
}

/** Index of the quote that ends a string which begins at `start`; the length when none does. */
function endOfString(bytes: Buffer, start: number): number {
  for (let i = start, short = start + SHORT; i < bytes.length;) {
    if (i < short) {
      if (bytes[i] === QUOTE) return i;
      i += bytes[i] === BACKSLASH ? 2 : 1;
      continue;
    }
    const quote = bytes.indexOf(QUOTE, i);
    if (quote < 0) break;
    if (!isEscaped(bytes, quote, i)) return quote;
    i = quote + 1;
    short = i + SHORT;
  }
  return bytes.length;
}

/** Whether an odd number of backslashes stands before the quote, none of them before `from`. */
function isEscaped(bytes: Buffer, quote: number, from: number): boolean {
  let first = quote;
  while (first > from && bytes[first - 1] === BACKSLASH) first--;
  return (quote - first) % 2 === 1;
}

function tooMuch(rule: string): DomainError {
  return badInput({ path: 'body', rule });
}
