import { COMPARISON_THRESHOLD, falseMatchRateAt, similarityAtFalseMatchRate, type Identification } from './calibration';

export const DEFAULT_TARGET_FPIR = 0.01;

/** What a probe is compared with. */
export interface Gallery {
  /** Searchable faces, those of nobody included. */
  readonly faces: number;
  /** People on record, with or without a face. */
  readonly persons: number;
  /** Faces of nobody, each of which may be one more person. */
  readonly unassigned: number;
}

/** Every face a chance of its own: about right for a gallery of one face a person, too strict for any other. */
const INDEPENDENT: Omit<Identification, 'source'> = { peopleExponent: 1, samplesExponent: 1 };

/**
 * How many independent chances to be wrong a gallery is worth; 0 when it is empty.
 *
 * A stranger who does not look like somebody's first face hardly looks like the second: `m` faces of one person are worth
 * `m ** samplesExponent` people with one face each. And who looks like one of them may look like others: `n` such people
 * are worth `n ** peopleExponent` chances. Both are the pack's, fitted by `npm run calibrate`
 * (docs/adr/0015-effective-chances.md). Where people have more or fewer faces than others, their mean is taken, which is
 * never less strict than each one's own.
 */
export function effectiveChances(gallery: Gallery, fit: Omit<Identification, 'source'> = INDEPENDENT): number {
  const assigned = Math.max(0, gallery.faces - gallery.unassigned);
  const people = Math.max(1, Math.min(gallery.persons, assigned));
  const ofPeople = people * (assigned / people) ** fit.samplesExponent;
  return (ofPeople + gallery.unassigned) ** fit.peopleExponent;
}

/** The similarity that a share `rate` of strangers reaches in so many chances, and never below {@link COMPARISON_THRESHOLD}. */
function thresholdAt(rate: number, chances: number): number {
  const perChance = -Math.expm1(Math.log1p(-rate) / Math.max(1, chances));
  return Math.max(COMPARISON_THRESHOLD, similarityAtFalseMatchRate(perChance));
}

/** The share (0-1) of strangers that reach `similarity` in so many chances. */
function rateAt(similarity: number, chances: number): number {
  const perChance = falseMatchRateAt(similarity);
  return perChance >= 1 ? Math.min(1, chances) : -Math.expm1(chances * Math.log1p(-perChance));
}

/**
 * The threshold of a search: the similarity that a share `targetFpir` (0-1) of strangers' probes reaches in this gallery,
 * and never below {@link COMPARISON_THRESHOLD}.
 */
export function automaticThreshold(
  gallery: Gallery,
  fit: Identification | undefined,
  targetFpir: number = DEFAULT_TARGET_FPIR,
): number {
  return thresholdAt(targetFpir, effectiveChances(gallery, fit));
}

/** The share (0-1) of strangers' probes that would get an answer at `similarity` from this gallery. */
export function estimatedFpir(similarity: number, gallery: Gallery, fit: Identification | undefined): number {
  return rateAt(similarity, effectiveChances(gallery, fit));
}

/** A person's faces as a gallery: who claims to be them is compared with all. */
const onePerson = (faces: number): Gallery => ({ faces, persons: 1, unassigned: 0 });

/** The share of impostors that may pass as a person: what comparing two faces grants, too. */
const VERIFICATION_RATE = falseMatchRateAt(COMPARISON_THRESHOLD);

/**
 * The similarity that the best of a person's `faces` faces must reach, so that one impostor in 1,000 passes however many
 * there are: {@link COMPARISON_THRESHOLD} for a single one.
 */
export function verificationThreshold(faces: number, fit: Identification | undefined): number {
  return thresholdAt(VERIFICATION_RATE, effectiveChances(onePerson(faces), fit));
}

/** The share (0-1) of impostors whose best similarity to one of a person's `faces` faces reaches `similarity`. */
export function estimatedFmr(similarity: number, faces: number, fit: Identification | undefined): number {
  return rateAt(similarity, effectiveChances(onePerson(faces), fit));
}
