import { LINKED_NEIGHBOURS, linkByAverage, type LinkedPoint } from '../../src/domain/average-linkage';
import { distanceAtSimilarity, type Calibration, type GroupingFit, type Metric } from '../../src/domain/calibration';
import { scoreGroups } from './grouping-score';
import type { LabelledVectors } from './labelled-vectors';

/** People with several images that a set must have: with fewer the best threshold is that of a few hard pairs. */
const LEAST_PEOPLE = 100;
/** Similarities that are tried, each with the pairwise F1 of its groups. */
const TRIED = Array.from({ length: 40 }, (_, i) => 20 + 2 * i);

/**
 * Finds the similarity from which average linkage joins groups with the best pairwise F1. Of equally good ones the middle: it is
 * the farthest from either mistake.
 *
 * @returns undefined when the set has too few people with several images.
 */
export async function fitGrouping(
  set: LabelledVectors,
  metric: Metric,
  calibration: Calibration,
): Promise<Omit<GroupingFit, 'source'> | undefined> {
  if (set.people().filter((person) => set.imagesOf(person).length > 1).length < LEAST_PEOPLE) return undefined;
  const points = pointsOf(set);
  const scores: number[] = [];
  for (const similarity of TRIED) {
    const groups = await linkByAverage(points, metric, distanceAtSimilarity(calibration, similarity));
    scores.push(scoreGroups(groups, set.persons).pairF1);
  }
  const best = Math.max(...scores);
  const bests = TRIED.filter((_, i) => scores[i]! === best);
  return { similarity: bests[Math.floor(bests.length / 2)]! };
}

/** Each image is a photograph of its own. */
function pointsOf(set: LabelledVectors): LinkedPoint[] {
  return set.images.map((image, at) => ({
    vector: set.vectors[at]!,
    source: image,
    neighbours: set.nearestOf(at, LINKED_NEIGHBOURS),
  }));
}
