import { dAtDistance, doubtThreshold, type Calibration, type Metric } from './calibration';
import { distanceBetween } from './distance';

/** Of a person with more faces, so many are compared with, spread over all. */
const MOST_COMPARED = 64;

/** Somebody else, and how far a reference face is from them, or from a face of theirs. */
export interface OtherPerson {
  readonly personId: string;
  readonly distance: number;
}

/** Why a reference face is doubted. */
export const DOUBTS = ['WRONG_PERSON', 'FITS_BADLY', 'FITS_EVERYBODY'] as const;
export type DoubtReason = (typeof DOUBTS)[number];

export interface Doubt {
  readonly reason: DoubtReason;
  /** 0 and more: the higher, the surer. Powers of ten of the scale's false-match rate. */
  readonly score: number;
  /** How far it is from its person. */
  readonly ownDistance: number;
  /** Who has the nearest face of somebody else, where it is nearer to them. */
  readonly better: OtherPerson | null;
}

/**
 * How far a face is from a person: the distance within which the nearer half of the person's faces are. A wrong face is far, and
 * two wrong faces that stand by each other are, too, as long as they are fewer than the right ones.
 * @param person vectors of the person's other faces, one at least.
 */
export function distanceToPerson(vector: Float32Array, person: readonly Float32Array[], metric: Metric): number {
  const step = Math.max(1, person.length / MOST_COMPARED);
  const distances = Array.from({ length: Math.min(person.length, MOST_COMPARED) }, (_, i) =>
    distanceBetween(metric, vector, person[Math.floor(i * step)]!),
  ).sort((a, b) => a - b);
  return distances[Math.ceil(distances.length / 2) - 1]!;
}

/** How near a face is to its person, and its person's other faces are. */
export interface OwnFit {
  /** As `distanceToPerson` has it. */
  readonly distance: number;
  /** The median of what its person's other faces have. */
  readonly peerDistance: number;
}

/** Of each place, the median of all other values; of two values, the other one. */
export function medianWithoutEach(values: readonly number[]): number[] {
  const order = values.map((_, at) => at).sort((a, b) => values[a]! - values[b]!);
  const middle = Math.floor((values.length - 2) / 2);
  return values.map((_, at) => values[order.indexOf(at) <= middle ? order[middle + 1]! : order[middle]!]!);
}

/** What somebody else is like anyway, as d: below, it says nothing. */
const ORDINARY_D = 2.5;
/** What somebody else, and what the person's other faces weigh beside the face's own fit; chosen on DevTrain (docs/benchmarks.md). */
const WEIGHT_OF_OTHER = 0.5;
const WEIGHT_OF_PEERS = 0.2;
/** So many other persons with a face that is as near as nobody's should be, as d: what chance does not explain. */
const EVERYBODY = 5;
const EVERYBODY_D = 4;

/** How doubtful it is that a face is its person's, in powers of ten: the higher, the more so. */
export function doubtScore(calibration: Pick<Calibration, 'knots'>, own: OwnFit, otherDistance: number): number {
  return (
    WEIGHT_OF_OTHER * Math.max(dAtDistance(calibration, otherDistance), ORDINARY_D) +
    WEIGHT_OF_PEERS * dAtDistance(calibration, own.peerDistance) -
    dAtDistance(calibration, own.distance)
  );
}

/** Whether a face may turn out to be doubted, by the nearest face of somebody else alone. */
export function mayBeDoubted(calibration: Calibration, own: OwnFit, nearest: readonly OtherPerson[]): boolean {
  return (
    isLikeEverybody(calibration, nearest) ||
    doubtScore(calibration, own, nearest[0]?.distance ?? Infinity) > doubtThreshold(calibration)
  );
}

/**
 * Whether a reference face is doubted: it resembles somebody else about as much as its own person or more, or many others.
 * @param nearest the nearest faces of other persons, each person once, the nearest first.
 * @param other how far it is from the person of the first of them.
 * @returns null when it is as it should be.
 */
export function doubtOf(
  calibration: Calibration,
  own: OwnFit,
  nearest: readonly OtherPerson[],
  other: OtherPerson | null,
): Doubt | null {
  const score = doubtScore(calibration, own, other?.distance ?? Infinity) - doubtThreshold(calibration);
  const ownDistance = own.distance;
  const better = other && other.distance < ownDistance ? other : null;
  if (isLikeEverybody(calibration, nearest)) {
    return { reason: 'FITS_EVERYBODY', score: Math.max(score, 0), ownDistance, better };
  }
  if (score <= 0) return null;
  const isOthers = better !== null && dAtDistance(calibration, better.distance) >= ORDINARY_D;
  return { reason: isOthers ? 'WRONG_PERSON' : 'FITS_BADLY', score, ownDistance, better: isOthers ? better : null };
}

function isLikeEverybody(calibration: Calibration, nearest: readonly OtherPerson[]): boolean {
  return nearest.filter(({ distance }) => dAtDistance(calibration, distance) >= EVERYBODY_D).length >= EVERYBODY;
}
