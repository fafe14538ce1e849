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

/** The longest text that any field takes but images may be made of escapes alone. */
const MOST_ESCAPES = 65_536;
/** A base64 image has fewer escapes than one in so many bytes, even where its encoder escapes all of + and /. */
const BYTES_AN_ESCAPE = 16;

/** Longer strings are skipped by `indexOf`, which is fast but dear to call. */
const SHORT = 64;

/**
 * Counts what JSON.parse would have to make, in one pass over the bytes as they come. Whether the text is JSON at all is
 * left to JSON.parse.
 */
export class JsonShape {
  /** Openings, commas and colons so far. */
  tokens = 0;
  private depth = 0;
  private inString = false;
  /** Where the next backslash of this part is, as far as it was looked for: many strings share one look. */
  private backslashAt = -1;
  /** Bytes of all parts before this one. */
  private before = 0;
  /** Where the string began that it is in, in bytes of the whole text, and its escapes so far. */
  private stringAt = 0;
  private escapes = 0;
  /** The next byte follows a backslash. */
  private escaped = false;

  constructor(private readonly limits: JsonLimits) {}

  /** @throws DomainError BAD_USER_INPUT as soon as there is more than the limits say. */
  feed(bytes: Buffer): void {
    this.backslashAt = -1;
    for (let i = 0; i < bytes.length; i++) {
      if (this.inString) {
        i = this.skipString(bytes, i);
        continue;
      }
      const byte = bytes[i];
      if (byte === QUOTE) this.beginString(i);
      else if (byte === OPEN_LIST || byte === OPEN_OBJECT) this.open();
      else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) this.depth--;
      else if (byte === COMMA || byte === COLON) this.count();
    }
    this.before += bytes.length;
  }

  private beginString(at: number): void {
    this.inString = true;
    this.stringAt = this.before + at;
    this.escapes = 0;
  }

  /**
   * Parsing a text full of escapes takes ten times as long as an image of its length, and no field takes such a text.
   * @param at where it was found in this part.
   */
  private escape(at: number): void {
    const length = this.before + at - this.stringAt;
    if (++this.escapes <= MOST_ESCAPES + length / BYTES_AN_ESCAPE) return;
    throw tooMuch(`must not hold a text of more than ${MOST_ESCAPES} characters, images apart`);
  }

  private nextBackslash(bytes: Buffer, from: number): number {
    if (this.backslashAt < from) {
      const at = bytes.indexOf(BACKSLASH, from);
      this.backslashAt = at < 0 ? Infinity : at;
    }
    return this.backslashAt;
  }

  private open(): void {
    const { maxDepth } = this.limits;
    if (++this.depth > maxDepth) throw tooMuch(`must not be nested deeper than ${maxDepth} levels`);
    this.count();
  }

  private count(): void {
    if (++this.tokens > this.limits.maxTokens) throw tooManyTokens(this.limits);
  }

  /** @returns the index of the string's last byte among these. */
  private skipString(bytes: Buffer, start: number): number {
    let i = start;
    for (let short = start + SHORT; i < bytes.length;) {
      if (i >= short && !this.escaped) {
        const quote = bytes.indexOf(QUOTE, i);
        const end = quote < 0 ? bytes.length : quote;
        for (let at = this.nextBackslash(bytes, i); at < end; at = this.nextBackslash(bytes, at + 2)) this.escape(at);
        this.escaped = isEscaped(bytes, end, i);
        i = end;
        short = i + SHORT;
        continue;
      }
      const byte = bytes[i];
      if (this.escaped) this.escaped = false;
      else if (byte === BACKSLASH) {
        this.escaped = true;
        this.escape(i);
      } else if (byte === QUOTE) {
        this.inString = false;
        return i;
      }
      i++;
    }
    return bytes.length - 1;
  }
}

/** Whether an odd number of backslashes stands before `end`, none of them before `from`. */
function isEscaped(bytes: Buffer, end: number, from: number): boolean {
  let first = end;
  while (first > from && bytes[first - 1] === BACKSLASH) first--;
  return (end - first) % 2 === 1;
}

/** BAD_USER_INPUT of a text with too many values and names. */
export function tooManyTokens({ maxTokens }: JsonLimits): DomainError {
  return tooMuch(`must not hold more than ${maxTokens} values and names; send less, or in several requests`);
}

function tooMuch(rule: string): DomainError {
  return badInput({ path: 'body', rule });
}
