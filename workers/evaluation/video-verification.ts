import type { Metric } from '../../src/domain/calibration';
import { distanceBetween } from '../../src/domain/distance';
import { qualityScore } from '../../src/domain/quality';
import type { EmbeddedImages } from './embedded-images';
import { judgeFolds, type JudgedFolds } from './pair-folds';
import type { ScoredPair } from './pair-statistics';
import type { VideoPair } from './video-pairs';

export type JudgedVideoPair = VideoPair & ScoredPair;

/** What videos are told apart by so many frames each. */
export interface FrameCount extends JudgedFolds<JudgedVideoPair> {
  readonly frames: number;
  /** Videos that have fewer with a face: all of theirs count. */
  readonly shorter: number;
  readonly named: readonly JudgedVideoPair[];
}

/**
 * 1:1 verification of videos as YouTube Faces has it (Wolf, Hassner and Maoz, 2011): a video is the mean of the vectors of its K
 * best frames by `qualityScore`, as VGG-Face takes those that its landmarks are surest of (Parkhi, Vedaldi and Zisserman, 2015). Each
 * fold is judged at the threshold of the others; a video without any face matches nobody.
 *
 * @param frames paths of the frames by video.
 */
export function judgeVideos(
  { vectors, faces }: Pick<EmbeddedImages, 'vectors' | 'faces'>,
  metric: Metric,
  frames: ReadonlyMap<string, readonly string[]>,
  folds: readonly (readonly VideoPair[])[],
  frameCounts: readonly number[],
): FrameCount[] {
  const score = (frame: string): number => qualityScore(faces.get(frame)!);
  const bestFirst = new Map(
    [...frames].map(([video, all]) => {
      const seen = all.filter((frame) => vectors.has(frame)).sort((a, b) => score(b) - score(a));
      return [video, seen.map((frame) => vectors.get(frame)!)] as const;
    }),
  );
  return frameCounts.map((count) => {
    const means = new Map(
      [...bestFirst].map(([video, best]) => [video, meanOf(best.slice(0, count), metric)] as const),
    );
    const judged = folds.map((fold) =>
      fold.map((pair) => {
        const [a, b] = [means.get(pair.first), means.get(pair.second)];
        return { ...pair, distance: a && b ? distanceBetween(metric, a, b) : Infinity };
      }),
    );
    const shorter = [...bestFirst.values()].filter((best) => best.length < count).length;
    return { frames: count, shorter, named: judged.flat(), ...judgeFolds(judged) };
  });
}

/** @returns undefined of nothing; for COSINE of unit length. */
function meanOf(vectors: readonly Float32Array[], metric: Metric): Float32Array | undefined {
  const [first] = vectors;
  if (first === undefined) return undefined;
  const mean = new Float32Array(first.length);
  for (const vector of vectors) vector.forEach((value, i) => (mean[i]! += value / vectors.length));
  if (metric === 'EUCLIDEAN') return mean;
  const length = Math.hypot(...mean);
  return mean.map((value) => value / length);
}
