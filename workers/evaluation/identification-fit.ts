import { falseMatchRateAt, similarityOf, type Calibration, type Identification } from '../../src/domain/calibration';
import { canDraw, peopleWanted, strangersBest, type GalleryShape } from './gallery-draws';
import type { LabelledVectors } from './labelled-vectors';
import { randomFrom } from './random';

/** Galleries that the exponents are fitted on; those that a set is too small for are left out. */
const SHAPES: readonly GalleryShape[] = [
  ...[6, 24, 100, 400, 1000].map((people) => ({ people, samples: 1 })),
  ...[24, 100, 400].map((people) => ({ people, samples: 2 })),
  ...[24, 100].map((people) => ({ people, samples: 3 })),
  ...[24, 45].map((people) => ({ people, samples: 5 })),
];

/**
 * Galleries that must be among them: over smaller sets the exponents scatter, and one that comes out too small lets the more
 * strangers through the larger a gallery grows. With made-up people whose exponent is 1, sets of 30 gave .86 to 1, of 220 .95
 * to 1, of 440 .987 to 1.
 */
const LEAST: Readonly<Record<'people' | 'samples', GalleryShape>> = {
  people: { people: 400, samples: 1 },
  samples: { people: 100, samples: 2 },
};

/** People that a set must have for {@link fitIdentification} to say anything. */
export const LEAST_PEOPLE = peopleWanted(LEAST.people);

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
 * @returns undefined when there are fewer than {@link LEAST_PEOPLE}: every face then counts as one chance. Where too few of them
 * have several images, so does every face of one person.
 */
export function fitIdentification(
  set: LabelledVectors,
  pool: readonly string[],
  calibration: Pick<Calibration, 'knots'>,
): Omit<Identification, 'source'> | undefined {
  if (!canDraw(set, pool, LEAST.people)) return undefined;
  const random = randomFrom(SEED);
  const mostSamples = canDraw(set, pool, LEAST.samples) ? Infinity : 1;
  const shapes = SHAPES.filter((shape) => shape.samples <= mostSamples && canDraw(set, pool, shape));
  const points = shapes.flatMap((shape) => {
    const scores = strangersBest(set, pool, shape, { draws: DRAWS, probes: PROBES, random });
    const ascending = Float64Array.from(scores, ({ distance }) => distance).sort();
    return RATES.map((rate) => ({
      people: Math.log(shape.people),
      samples: Math.log(shape.samples),
      chances: Math.log(chancesAt(calibration, ascending[Math.floor(rate * ascending.length)]!, rate)),
    }));
  });
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
