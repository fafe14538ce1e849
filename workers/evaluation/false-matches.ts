import type { LabelledVectors } from './labelled-vectors';
import { randomFrom } from './random';

/** How often strangers match at one threshold. Shares are 0-1. */
export interface FalseMatches {
  readonly people: number;
  /** Pairs of photographs of different people. */
  readonly pairs: number;
  readonly matches: number;
  readonly rate: number;
  /** 95 % of the bootstrap samples over people lie between. */
  readonly interval: readonly [low: number, high: number];
}

const RESAMPLES = 1_000;
const SEED = 11;

/**
 * The share of pairs of different people that are at most `limit` apart. Pairs of one person are no independent witnesses, so the
 * interval draws whole people again, with repeats; a person drawn twice is no stranger to themselves.
 *
 * @param people whose images are held against each other.
 */
export function falseMatchesOf(set: LabelledVectors, people: readonly string[], limit: number): FalseMatches {
  const sizes = people.map((person) => set.imagesOf(person).length);
  const alike = alikePeople(set, people, limit);
  const count = (weights: readonly number[]): { pairs: number; matches: number } => {
    let [all, own, matches] = [0, 0, 0];
    sizes.forEach((size, i) => {
      const images = size * weights[i]!;
      all += images;
      own += images * images;
    });
    for (const [a, b, shared] of alike) matches += shared * weights[a]! * weights[b]!;
    return { pairs: (all * all - own) / 2, matches };
  };
  const share = ({ pairs, matches }: { pairs: number; matches: number }): number => (pairs === 0 ? 0 : matches / pairs);
  const random = randomFrom(SEED);
  const rates = Array.from({ length: RESAMPLES }, () => {
    const weights = people.map(() => 0);
    for (let i = 0; i < people.length; i++) weights[Math.floor(random() * people.length)]!++;
    return share(count(weights));
  }).sort((a, b) => a - b);
  const seen = count(people.map(() => 1));
  return {
    people: people.length,
    ...seen,
    rate: share(seen),
    interval: [rates[Math.floor(0.025 * RESAMPLES)]!, rates[Math.ceil(0.975 * RESAMPLES) - 1]!],
  };
}

/** Places of two people, and how many pairs of their images are near enough; few people have any. */
function alikePeople(set: LabelledVectors, people: readonly string[], limit: number): [number, number, number][] {
  const alike: [number, number, number][] = [];
  people.forEach((one, a) => {
    for (let b = 0; b < a; b++) {
      let shared = 0;
      for (const image of set.imagesOf(one)) {
        for (const other of set.imagesOf(people[b]!)) if (set.distance(image, other) <= limit) shared++;
      }
      if (shared > 0) alike.push([a, b, shared]);
    }
  });
  return alike;
}
