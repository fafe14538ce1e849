import { falseMatchesOf, type FalseMatches } from './false-matches';
import type { LabelledVectors } from './labelled-vectors';

/** Errors within one group at a threshold that is the same for all. */
export interface GroupRate {
  readonly group: string;
  /** Among people of the group. */
  readonly falseMatches: FalseMatches;
  /** Pairs of photographs of one person of the group, and the share of them that does not match; undefined without any. */
  readonly genuine: number;
  readonly falseNonMatchRate?: number;
}

/** How unequal the groups' false-match rates are; undefined while a group shows no false match: its rate is not known. */
export interface Differential {
  readonly maxOverMin?: number;
  readonly maxOverGeometricMean?: number;
  /** Groups without a false match. */
  readonly unknown: readonly string[];
}

/**
 * False-match rates within groups at one threshold, as NIST's demographic tests tell them (Grother, Ngan and Hanaoka, NISTIR 8280,
 * 2019, "FRVT part 3").
 *
 * @param groupOf of a person; undefined leaves them out.
 * @param limit distance up to which two faces match.
 */
export function groupRates(
  set: LabelledVectors,
  groupOf: (person: string) => string | undefined,
  limit: number,
): GroupRate[] {
  const groups = new Map<string, string[]>();
  for (const person of set.people()) {
    const group = groupOf(person);
    if (group !== undefined) groups.set(group, [...(groups.get(group) ?? []), person]);
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([group, people]) => {
      const { genuine, missed } = genuineOf(set, people, limit);
      return {
        group,
        falseMatches: falseMatchesOf(set, people, limit),
        genuine,
        ...(genuine > 0 && { falseNonMatchRate: missed / genuine }),
      };
    });
}

function genuineOf(set: LabelledVectors, people: readonly string[], limit: number) {
  let [genuine, missed] = [0, 0];
  for (const person of people) {
    const own = set.imagesOf(person);
    own.forEach((image, i) => {
      for (const other of own.slice(0, i)) {
        genuine++;
        if (set.distance(image, other) > limit) missed++;
      }
    });
  }
  return { genuine, missed };
}

/**
 * The largest rate over the smallest, and over the geometric mean, which one odd small group moves less (Grother, NISTIR 8429, 2022,
 * "FRVT part 8").
 */
export function differentialOf(rates: readonly GroupRate[]): Differential {
  const unknown = rates.filter(({ falseMatches }) => falseMatches.matches === 0).map(({ group }) => group);
  if (unknown.length > 0) return { unknown };
  const all = rates.map(({ falseMatches }) => falseMatches.rate);
  const geometricMean = Math.exp(all.reduce((sum, rate) => sum + Math.log(rate), 0) / all.length);
  const most = Math.max(...all);
  return { maxOverMin: most / Math.min(...all), maxOverGeometricMean: most / geometricMean, unknown };
}
