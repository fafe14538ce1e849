/** Larger metadata belongs into a database of the caller's own. */
const MAX_METADATA_BYTES = 16 * 1024;
/** Nobody nests metadata deeper; whatever walks it by recursion may rely on it. */
const MAX_METADATA_DEPTH = 32;

/** Whether PostgreSQL can keep a text as it is: neither NUL nor half of a surrogate pair. */
export function isStorableText(text: string): boolean {
  return !text.includes('\0') && !/\p{Surrogate}/u.test(text);
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
