import type { LabelledVectors } from '../workers/evaluation/labelled-vectors';
import { sample } from '../workers/evaluation/random';

/** How wrong references come into a gallery. */
export const PLANTINGS = ['RANDOM', 'LOOKALIKE', 'TWO_OF_A_STRANGER'] as const;
export type Planting = (typeof PLANTINGS)[number];

export interface PlantedGallery {
  /** Whose each image is said to be, by its place in the set. */
  readonly persons: ReadonlyMap<number, string>;
  /** Those that are said of the wrong person. */
  readonly planted: ReadonlySet<number>;
}

/** Photographs of a person that a gallery needs. */
const LEAST_IMAGES = 3;
const SHARE = 0.01;

/** People with so many photographs that a wrong one can be told. */
export function galleryPeople(set: LabelledVectors, pool: readonly string[]): string[] {
  return pool.filter((person) => set.imagesOf(person).length >= LEAST_IMAGES);
}

/**
 * A gallery of people with three photographs and more, one in a hundred of whose references is somebody else's: a random image
 * of the set, the one that is nearest to the person, or both images of somebody who has two.
 */
export function plantReferences(
  set: LabelledVectors,
  pool: readonly string[],
  planting: Planting,
  random: () => number,
): PlantedGallery {
  const people = galleryPeople(set, pool);
  const persons = new Map(people.flatMap((person) => set.imagesOf(person).map((image) => [image, person] as const)));
  const victims = sample(people, Infinity, random);
  const planted = new Set<number>();
  const plant = (image: number, person: string): void => {
    persons.set(image, person);
    planted.add(image);
  };
  const wanted = Math.max(2, Math.round(persons.size * SHARE));
  const allowed = pool.flatMap((person) => set.imagesOf(person));
  const strangers = sample(
    pool.filter((person) => set.imagesOf(person).length === 2),
    Infinity,
    random,
  );
  for (const person of victims) {
    if (planted.size >= wanted) break;
    const others = allowed.filter((image) => set.persons[image] !== person && !planted.has(image));
    if (planting === 'RANDOM') plant(sample(others, 1, random)[0]!, person);
    else if (planting === 'LOOKALIKE') plant(nearestOf(set, set.imagesOf(person), others), person);
    else for (const image of set.imagesOf(strangers.pop()!)) plant(image, person);
  }
  return { persons, planted };
}

/** Of `others`, the image that is nearest to any of `own`. */
function nearestOf(set: LabelledVectors, own: readonly number[], others: readonly number[]): number {
  return own
    .map((image) => set.nearest(image, others))
    .reduce((best, one) => (one.distance < best.distance ? one : best)).image;
}
