import { falseMatchRateAt, similarityOf, type Calibration, type Identification } from '../../src/domain/calibration';
import { canDraw, strangersBest, type GalleryShape } from './gallery-draws';
import type { LabelledVectors } from './labelled-vectors';
import { randomFrom } from './random';

/** Galleries that the exponents are fitted on; those that a set is too small for are left out. */
const SHAPES: readonly GalleryShape[] = [
  ...[6, 24, 100, 400, 1000].map((people) => ({ people, samples: 1 })),
  ...[24, 100, 400].map((people) => ({ people, samples: 2 })),
  ...[24, 100].map((people) => ({ people, samples: 3 })),
  ...[24, 45].map((people) => ({ people, samples: 5 })),
];

/** Shares of strangers' probes at which the tail is read: around the target of 1 % that a search has by default. */
const RATES = [0.005, 0.01, 0.02, 0.04];
const DRAWS = 40;
const PROBES = 400;
const SEED = 7;

/**
 * Fits how strangers' best scores grow with people and with samples a person: at each rate the independent chances that
 * would explain it, and through their logarithms the plane `peopleExponent * (log people + samplesExponent * log samples)`
 * by least squares. It goes through the origin, since one face is one chance.
 *
 * @param pool who may be drawn: leave out those who are in the set under two names.
 * @returns undefined when the set is too small for galleries of different sizes.
 */
export function fitIdentification(
  set: LabelledVectors,
  pool: readonly string[],
  calibration: Pick<Calibration, 'knots'>,
): Omit<Identification, 'source'> | undefined {
  const random = randomFrom(SEED);
  const shapes = SHAPES.filter((shape) => canDraw(set, pool, shape));
  const points = shapes.flatMap((shape) => {
    const scores = strangersBest(set, pool, shape, { draws: DRAWS, probes: PROBES, random });
    const ascending = Float64Array.from(scores, ({ distance }) => distance).sort();
    return RATES.map((rate) => ({
      people: Math.log(shape.people),
      samples: Math.log(shape.samples),
      chances: Math.log(chancesAt(calibration, ascending[Math.floor(rate * ascending.length)]!, rate)),
    }));
  });
  if (new Set(shapes.map(({ people }) => people)).size < 2) return undefined;
  const sum = (of: (point: (typeof points)[number]) => number): number =>
    points.reduce((total, point) => total + of(point), 0);
  const pp = sum(({ people }) => people * people);
  const ps = sum(({ people, samples }) => people * samples);
  const ss = sum(({ samples }) => samples * samples);
  const pc = sum(({ people, chances }) => people * chances);
  const sc = sum(({ samples, chances }) => samples * chances);
  if (ss === 0) return { peopleExponent: exponent(pc / pp), samplesExponent: 1 };
  const determinant = pp * ss - ps * ps;
  const ofPeople = (pc * ss - sc * ps) / determinant;
  const ofSamples = (sc * pp - pc * ps) / determinant;
  return { peopleExponent: exponent(ofPeople), samplesExponent: exponent(ofSamples / ofPeople) };
}

/** How many independent chances let a share `rate` of strangers come within `distance`. */
function chancesAt(calibration: Pick<Calibration, 'knots'>, distance: number, rate: number): number {
  const falseMatchRate = falseMatchRateAt(similarityOf(calibration, distance));
  return Math.log1p(-rate) / Math.log1p(-Math.min(falseMatchRate, 1 - 1e-9));
}

const exponent = (value: number): number => Math.round(Math.min(1, Math.max(0, value)) * 1_000) / 1_000;
