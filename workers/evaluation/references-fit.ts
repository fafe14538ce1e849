import type { Calibration, Metric, ReferencesFit } from '../../src/domain/calibration';
import { distanceToPerson, doubtScore, medianWithoutEach } from '../../src/domain/reference-audit';
import type { LabelledVectors } from './labelled-vectors';

/** References that a set must have: with fewer the share that is doubted is a few faces. */
const LEAST_REFERENCES = 500;
const LEAST_IMAGES = 3;
/** Of the right references, those that are doubted. */
const DOUBTED = 0.008;

/**
 * Finds the score above which few right references of a gallery are doubted.
 * @returns undefined when the set has too few people with three images.
 */
export function fitReferences(
  set: LabelledVectors,
  pool: readonly string[],
  metric: Metric,
  calibration: Pick<Calibration, 'knots'>,
): Omit<ReferencesFit, 'source'> | undefined {
  const people = pool.filter((person) => set.imagesOf(person).length >= LEAST_IMAGES);
  const gallery = people.flatMap((person) => set.imagesOf(person));
  if (gallery.length < LEAST_REFERENCES) return undefined;
  const vectorsOf = (images: readonly number[]): Float32Array[] => images.map((image) => set.vectors[image]!);
  const scores = people.flatMap((person) => {
    const own = set.imagesOf(person);
    const distances = own.map((image) =>
      distanceToPerson(set.vectors[image]!, vectorsOf(own.filter((other) => other !== image)), metric),
    );
    const peers = medianWithoutEach(distances);
    const others = gallery.filter((image) => set.persons[image] !== person);
    return own.map((image, at) => {
      const { image: nearest } = set.nearest(image, others);
      const theirs = vectorsOf(set.imagesOf(set.persons[nearest]!));
      const other = distanceToPerson(set.vectors[image]!, theirs, metric);
      return doubtScore(calibration, { distance: distances[at]!, peerDistance: peers[at]! }, other);
    });
  });
  const doubt = scores.sort((a, b) => b - a)[Math.floor(scores.length * DOUBTED)]!;
  return { doubt: Math.round(doubt * 100) / 100 };
}
