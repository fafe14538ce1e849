/** As many letters may be wrong, missing or too many, for a name to be taken for another. */
const MOST_WRONG = 2;

/** The one of `names` that was probably meant; undefined when none is like it. Case does not count. */
export function similarName(written: string, names: Iterable<string>): string | undefined {
  let best: { readonly name: string; readonly wrong: number } | undefined;
  for (const name of names) {
    const wrong = editDistance(written.toUpperCase(), name.toUpperCase());
    if (wrong <= MOST_WRONG && wrong < (best?.wrong ?? Infinity)) best = { name, wrong };
  }
  return best?.name;
}

/** Levenshtein: the fewest letters to change, put in or take out. */
function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const changed = above[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(changed, above[column]! + 1, current[column - 1]! + 1));
    }
    above = current;
  }
  return above[b.length]!;
}
