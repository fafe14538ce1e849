import { distanceAtSimilarity } from '../../domain/calibration';
import { falseMatchesOf } from '../../../workers/evaluation/false-matches';
import { differentialOf, groupRates, type Differential, type GroupRate } from '../../../workers/evaluation/group-rates';
import { allPairDistances, distanceAtRate } from '../../../workers/evaluation/pair-statistics';
import { packIdOf } from '../../../workers/inference/pack-manifest';
import { UsageError } from '../models/context';
import { percent, type EvalContext, type SharedOptions } from './context';
import { readLabels } from './labels';
import { embedPeople, type EmbeddedPeople } from './people';
import { checkResultsPlace, writeResults } from './results';

export const GROUPS_OPTIONS = {
  labels: { type: 'string' },
  rate: { type: 'string' },
  similarity: { type: 'string' },
} as const;

export interface GroupsWish extends SharedOptions {
  readonly labels?: string;
  readonly rate?: string;
  readonly similarity?: string;
}

const DEFAULT_RATE = 0.001;

/**
 * `groups --images DIR --labels FILE`: false-match rates among the people of each group, at one threshold for all.
 *
 * @throws UsageError when the set or its labels cannot be judged.
 */
export async function evaluateGroups(context: EvalContext, wish: GroupsWish): Promise<number> {
  if (!wish.images || !wish.labels) throw new UsageError('Say --images DIR and --labels FILE (person,<column>,...)');
  const threshold = readThreshold(wish);
  await checkResultsPlace(wish);
  const labels = await readLabels(wish.labels);
  const embedded = await embedPeople(context, wish);
  const { set, manifest, imagesWithoutFace, runtime } = embedded;
  const people = set.people();
  const limit = limitOf(embedded, threshold);
  const overall = falseMatchesOf(set, people, limit);
  const columns = labels.map(({ column, groupOf }) => {
    const groups = groupRates(set, (person) => groupOf.get(person), limit);
    if (groups.length < 2) {
      throw new UsageError(
        `${wish.labels}, ${column}: two groups at least are wanted, and the people of ${wish.images} are of ${groups.length}.`,
      );
    }
    const unlabelled = people.filter((person) => !groupOf.has(person)).length;
    return { column, unlabelled, groups, ...differentialOf(groups) };
  });
  const pack = packIdOf(manifest);
  context.print(
    `${pack}: all pairs of strangers match at ${percent(overall.rate)} (${overall.matches} of ${overall.pairs}, ${people.length} people)`,
  );
  for (const column of columns) show(context, column);
  const told = { pack, threshold, distance: limit, imagesWithoutFace, overall, columns, runtime };
  await writeResults(context, wish, { report: told, charts: {} });
  return 0;
}

type Threshold = { readonly rate: number } | { readonly similarity: number };

function readThreshold({ rate, similarity }: GroupsWish): Threshold {
  if (rate !== undefined && similarity !== undefined) throw new UsageError('Say --rate or --similarity, not both.');
  const read = (text: string, most: number, option: string): number => {
    const value = Number(text);
    if (!(value > 0 && value < most)) throw new UsageError(`${option} must be above 0 and below ${most}.`);
    return value;
  };
  if (similarity !== undefined) return { similarity: read(similarity, 100, '--similarity') };
  return { rate: rate === undefined ? DEFAULT_RATE : read(rate, 1, '--rate') };
}

function limitOf({ set, manifest }: EmbeddedPeople, threshold: Threshold): number {
  if ('rate' in threshold) return distanceAtRate(allPairDistances(set).impostor, threshold.rate);
  if (manifest.calibration !== undefined) return distanceAtSimilarity(manifest.calibration, threshold.similarity);
  throw new UsageError(`${packIdOf(manifest)} has no similarity scale: say --rate.`);
}

function show(
  { print, table }: EvalContext,
  column: Differential & {
    readonly column: string;
    readonly unlabelled: number;
    readonly groups: readonly GroupRate[];
  },
): void {
  const { maxOverMin, maxOverGeometricMean, unknown, unlabelled } = column;
  print(`${column.column}${unlabelled > 0 ? `, ${unlabelled} people without a label` : ''}:`);
  table(
    column.groups.map(({ group, falseMatches, genuine, falseNonMatchRate }) => ({
      group,
      people: falseMatches.people,
      pairs: falseMatches.pairs,
      'false matches': falseMatches.matches,
      rate: falseMatches.rate.toExponential(2),
      interval: falseMatches.interval.map((rate) => rate.toExponential(1)).join(' - '),
      'false non-matches': falseNonMatchRate === undefined ? '-' : `${percent(falseNonMatchRate)} of ${genuine}`,
    })),
  );
  print(
    maxOverMin === undefined
      ? `How unequal they are cannot be told: no false match among ${unknown.join(', ')}. Take more photographs, or a larger --rate.`
      : `max over min ${maxOverMin.toFixed(2)}, max over geometric mean ${maxOverGeometricMean!.toFixed(2)}`,
  );
}
