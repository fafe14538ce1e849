export type Metric = 'COSINE' | 'EUCLIDEAN';

/** Monotone map from a pack's raw distance to false-match rate; see "Similarity and thresholds" in docs/matching.md. */
export interface Calibration {
  /** Changes when it is refitted; changes no vector. */
  readonly revision: string;
  /**
   * Knots in ascending distance, descending d = -log10(FMR). COSINE distance is 1 - cosine (0-2), EUCLIDEAN is the L2 norm
   * of the difference.
   */
  readonly knots: readonly { readonly distance: number; readonly d: number }[];
  /** d beyond which the impostor pairs ran out and the fit is extrapolated. */
  readonly extrapolatedBeyondD: number;
  /** Distance at which false match and false non-match rates are equal; reported, not part of the scale. */
  readonly equalErrorDistance: number;
  /** How chances to be wrong add up in a gallery; absent: every face is one, which promises too little and never too much. */
  readonly identification?: Identification;
  /** How alike the faces of one group are; absent: as with the packs that were fitted. */
  readonly grouping?: GroupingFit;
  /** How doubtful references are; absent: as with the packs that were fitted. */
  readonly references?: ReferencesFit;
  /** What it was fitted on. */
  readonly source: string;
}

/** From where references of a gallery are doubted; see `doubtOf`. */
export interface ReferencesFit {
  /** `doubtScore` that few right references reach. */
  readonly doubt: number;
  /** What it was fitted on. */
  readonly source: string;
}

/** How far the faces of a gallery are chances of their own; see `effectiveChances`. */
export interface Identification {
  /** 0-1: n people are worth n to this power. */
  readonly peopleExponent: number;
  /** 0-1: n faces of one person are worth n to this power. */
  readonly samplesExponent: number;
  /** What it was fitted on. */
  readonly source: string;
}

/** Where average linkage stops on a pack's scale; see `linkByAverage`. */
export interface GroupingFit {
  /** 0-100: what the mean of all pairs of two groups must reach for them to be one. */
  readonly similarity: number;
  /** What it was fitted on. */
  readonly source: string;
}

/** The scale up to d = 5; beyond it similarity creeps towards 100. */
const SCALE: readonly (readonly [d: number, similarity: number])[] = [
  [0, 0],
  [1, 40],
  [2, 60],
  [3, 80],
  [4, 90],
  [5, 95],
];

/** Similarity of FMR 1e-3: what comparing two faces uses, and the least that any search uses by itself. */
export const COMPARISON_THRESHOLD = 80;

/** For a pack that was not fitted: the packs that were are within 2 of it. */
const ORDINARY_GROUPING = 90;

/** Similarity 0-100 that groups of one pack's faces are joined from, unless somebody says otherwise. */
export function groupingThreshold({ grouping }: Pick<Calibration, 'grouping'>): number {
  return grouping?.similarity ?? ORDINARY_GROUPING;
}

/** For a pack that was not fitted: the stricter of those that were, so that little is doubted wrongly. */
const ORDINARY_DOUBT = -0.7;

/** `doubtScore` above which a reference of the pack is doubted. */
export function doubtThreshold({ references }: Pick<Calibration, 'references'>): number {
  return references?.doubt ?? ORDINARY_DOUBT;
}

/** Piecewise linear y at x; `points` ascend in x. Outside them the first or last y. */
function interpolate(points: readonly (readonly [x: number, y: number])[], x: number): number {
  const after = points.findIndex(([px]) => px >= x);
  if (after === 0) return points[0]![1];
  if (after < 0) return points[points.length - 1]![1];
  const [x0, y0] = points[after - 1]!;
  const [x1, y1] = points[after]!;
  return y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
}

/** @param d -log10 of a false-match rate, 0 or more. */
function similarityAtD(d: number): number {
  return d <= 5 ? interpolate(SCALE, d) : 100 - 5 * 2 ** (5 - d);
}

function dAtSimilarity(similarity: number): number {
  if (similarity > 95) return similarity >= 100 ? Infinity : 5 - Math.log2((100 - similarity) / 5);
  return interpolate(
    SCALE.map(([d, at]) => [at, d] as const),
    similarity,
  );
}

/**
 * Similarity 0-100 of two faces from the distance of their vectors: higher is better, and the same number means the same
 * false-match rate in every pack. Not rounded.
 */
export function similarityOf(calibration: Pick<Calibration, 'knots'>, distance: number): number {
  return similarityAtD(dAtDistance(calibration, distance));
}

/** d = -log10 of the share of pairs of different people that are at least as near. */
export function dAtDistance(calibration: Pick<Calibration, 'knots'>, distance: number): number {
  return interpolate(
    calibration.knots.map((knot) => [knot.distance, knot.d] as const),
    distance,
  );
}

/** The largest distance whose similarity is at least `similarity` (0-100). Never more than the last knot's, never less than the first's. */
export function distanceAtSimilarity(calibration: Calibration, similarity: number): number {
  return interpolate(
    [...calibration.knots].reverse().map((knot) => [knot.d, knot.distance] as const),
    dAtSimilarity(similarity),
  );
}

/** The share (0-1) of pairs of different people that reach `similarity`. */
export function falseMatchRateAt(similarity: number): number {
  return 10 ** -dAtSimilarity(Math.max(0, similarity));
}

/** The similarity (0-100) that a share `rate` (0-1] of pairs of different people reaches. */
export function similarityAtFalseMatchRate(rate: number): number {
  return similarityAtD(Math.max(0, -Math.log10(rate)));
}

/** Where a pack's scale meets a round false-match rate. */
export interface OperatingPoint {
  readonly falseMatchRate: number;
  readonly distance: number;
  readonly similarity: number;
}

/** The thresholds at false-match rates 1e-3, 1e-4 and 1e-5. */
export function operatingPoints(calibration: Calibration): OperatingPoint[] {
  return [1e-3, 1e-4, 1e-5].map((falseMatchRate) => {
    const similarity = similarityAtFalseMatchRate(falseMatchRate);
    return { falseMatchRate, distance: distanceAtSimilarity(calibration, similarity), similarity };
  });
}
