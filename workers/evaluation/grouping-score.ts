/** How well groups tell people apart. Shares are 0-1. */
export interface GroupingScore {
  /** Of the pairs that are in one group, those of one person. */
  readonly pairPrecision: number;
  /** Of the pairs of one person, those that are in one group. */
  readonly pairRecall: number;
  readonly pairF1: number;
  /** BCubed: the same, for each point by itself, and then the mean over points. */
  readonly bcubedPrecision: number;
  readonly bcubedRecall: number;
  readonly bcubedF1: number;
}

/**
 * @param groups places of the points, each in exactly one group.
 * @param people whose each point is, by its place.
 */
export function scoreGroups(groups: readonly (readonly number[])[], people: readonly string[]): GroupingScore {
  const sizes = countsOf(people);
  let [together, right, precision, recall] = [0, 0, 0, 0];
  for (const group of groups) {
    together += pairsOf(group.length);
    for (const [person, shared] of countsOf(group.map((at) => people[at]!))) {
      right += pairsOf(shared);
      precision += (shared * shared) / group.length;
      recall += (shared * shared) / sizes.get(person)!;
    }
  }
  const wanted = [...sizes.values()].reduce((sum, size) => sum + pairsOf(size), 0);
  const [pairPrecision, pairRecall] = [share(right, together), share(right, wanted)];
  const [bcubedPrecision, bcubedRecall] = [share(precision, people.length), share(recall, people.length)];
  return {
    pairPrecision,
    pairRecall,
    pairF1: harmonic(pairPrecision, pairRecall),
    bcubedPrecision,
    bcubedRecall,
    bcubedF1: harmonic(bcubedPrecision, bcubedRecall),
  };
}

const pairsOf = (count: number): number => (count * (count - 1)) / 2;

/** Nothing wrong was done where nothing was to be done. */
const share = (part: number, whole: number): number => (whole === 0 ? 1 : part / whole);

const harmonic = (a: number, b: number): number => (a + b === 0 ? 0 : (2 * a * b) / (a + b));

function countsOf(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
