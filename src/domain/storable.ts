/** Larger metadata belongs into a database of the caller's own. */
export const MAX_METADATA_BYTES = 16 * 1024;
export const METADATA_RULE = 'must be a JSON object of at most 16 KB';
/** Nobody nests metadata deeper; whatever walks it by recursion may rely on it. */
export const MAX_METADATA_DEPTH = 32;
export const METADATA_DEPTH_RULE = `must not be nested deeper than ${MAX_METADATA_DEPTH} levels`;

/** What is wrong with a text, as the rule of a FieldProblem; undefined when PostgreSQL can keep it: neither NUL nor half of a surrogate pair. */
export function findTextProblem(text: string): string | undefined {
  const isStorable = !text.includes('\0') && !/\p{Surrogate}/u.test(text);
  return isStorable ? undefined : 'must be well-formed text without NUL';
}

/**
 * No language writes more combining marks in a row: UAX #15's Stream-Safe Text Format. Composing takes the square of their
 * number, minutes for a long run.
 */
const MARKS_IN_A_ROW = /(?<!\p{M})\p{M}{31}/u;
/** Every field refuses longer texts. */
const MAX_TYPED = 4_096;

/** What is wrong with a text that people type, as the rule of a FieldProblem; undefined when it can be kept and composed. */
export function findTypedTextProblem(text: string): string | undefined {
  const tooMany = MARKS_IN_A_ROW.test(text) ? 'must not have more than 30 combining marks in a row' : undefined;
  return findTextProblem(text) ?? tooMany;
}

/** A text as Unicode composes it (NFC): one "José", whichever keyboard or file system it came from. What is to be refused stays. */
export function composeText(text: string): string {
  return text.length > MAX_TYPED || MARKS_IN_A_ROW.test(text) ? text : text.normalize('NFC');
}

/** Metadata with all its texts and names composed. What is to be refused stays. */
export function composeMetadata(metadata: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return findMetadataProblem(metadata) === undefined ? (composeJson(metadata) as Record<string, unknown>) : metadata;
}

function composeJson(value: unknown): unknown {
  if (typeof value === 'string') return value.normalize('NFC');
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(composeJson);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name.normalize('NFC'), composeJson(inner)]));
}

/** What is wrong with metadata, as the rule of a FieldProblem; undefined when it can be kept. */
export function findMetadataProblem(metadata: Readonly<Record<string, unknown>>): string | undefined {
  let level: unknown[] = [metadata];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_METADATA_DEPTH) return METADATA_DEPTH_RULE;
    const next: unknown[] = [];
    for (const value of level) {
      const problem = typeof value === 'string' ? findTypedTextProblem(value) : undefined;
      if (problem !== undefined) return problem;
      if (typeof value !== 'object' || value === null) continue;
      for (const [key, inner] of Object.entries(value)) {
        const keyProblem = findTypedTextProblem(key);
        if (keyProblem !== undefined) return keyProblem;
        next.push(inner);
      }
    }
    level = next;
  }
  const isObject = !Array.isArray(metadata);
  if (isObject && Buffer.byteLength(JSON.stringify(metadata)) <= MAX_METADATA_BYTES) return undefined;
  return METADATA_RULE;
}
