/** Larger metadata belongs into a database of the caller's own. */
const MAX_METADATA_BYTES = 16 * 1024;
/** Nobody nests metadata deeper; whatever walks it by recursion may rely on it. */
const MAX_METADATA_DEPTH = 32;

/** Whether PostgreSQL can keep a text as it is: neither NUL nor half of a surrogate pair. */
export function isStorableText(text: string): boolean {
  return !text.includes('\0') && !/\p{Surrogate}/u.test(text);
}

/** Every field refuses longer ones, and runs of marks take long to compose. */
const MAX_TYPED = 65_536;

/** A text as Unicode composes it (NFC): one "José", whichever keyboard or file system it came from. */
function composed(text: string): string {
  return text.length > MAX_TYPED ? text : text.normalize('NFC');
}

/** JSON with all its texts and names composed. What is nested too deeply to be kept is left as it is. */
export function composedJson(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return composed(value);
  if (typeof value !== 'object' || value === null || depth > MAX_METADATA_DEPTH) return value;
  if (Array.isArray(value)) return value.map((one) => composedJson(one, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [composed(name), composedJson(inner, depth + 1)]),
  );
}

/** What is wrong with metadata, as the rule of a FieldProblem; undefined when it can be kept. */
export function findMetadataProblem(metadata: Readonly<Record<string, unknown>>): string | undefined {
  let level: unknown[] = [metadata];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_METADATA_DEPTH) return `must not be nested deeper than ${MAX_METADATA_DEPTH} levels`;
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value === 'string' && !isStorableText(value)) return 'must be well-formed text without NUL';
      if (typeof value !== 'object' || value === null) continue;
      for (const [key, inner] of Object.entries(value)) {
        if (!isStorableText(key)) return 'must be well-formed text without NUL';
        next.push(inner);
      }
    }
    level = next;
  }
  const isObject = !Array.isArray(metadata);
  if (isObject && Buffer.byteLength(JSON.stringify(metadata)) <= MAX_METADATA_BYTES) return undefined;
  return 'must be a JSON object of at most 16 KB';
}
