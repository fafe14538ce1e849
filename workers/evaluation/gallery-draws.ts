import type { LabelledVectors } from './labelled-vectors';
import { sample } from './random';

/** The shape of a gallery: so many people with so many images each. */
export interface GalleryShape {
  readonly people: number;
  readonly samples: number;
}

export interface GalleryDraw {
  readonly gallery: readonly number[];
  /** The other images of the people in the gallery. */
  readonly mated: readonly number[];
  /** Images of other people, in random order: each one's first, then each one's second and so on. */
  readonly strangers: readonly number[];
}

/** People that a set must have for a gallery: a tenth of as many strangers beside. */
export const peopleWanted = ({ people }: GalleryShape): number => people + people / 10;

/** Whether the set has that many people with that many images, and strangers beside. */
export function canDraw(set: LabelledVectors, pool: readonly string[], shape: GalleryShape): boolean {
  const enough = pool.filter((person) => set.imagesOf(person).length >= shape.samples).length;
  return enough >= shape.people && pool.length >= peopleWanted(shape);
}

/** A random gallery of `pool`, and what is left to ask it with. */
export function drawGallery(
  set: LabelledVectors,
  pool: readonly string[],
  { people, samples }: GalleryShape,
  random: () => number,
): GalleryDraw {
  const eligible = pool.filter((person) => set.imagesOf(person).length >= samples);
  const enrolled = new Set(sample(eligible, people, random));
  const gallery: number[] = [];
  const mated: number[] = [];
  for (const person of enrolled) {
    const own = sample(set.imagesOf(person), Infinity, random);
    gallery.push(...own.slice(0, samples));
    mated.push(...own.slice(samples));
  }
  const others = sample(
    pool.filter((person) => !enrolled.has(person)),
    Infinity,
    random,
  ).map((person) => sample(set.imagesOf(person), Infinity, random));
  const deepest = others.reduce((most, own) => Math.max(most, own.length), 0);
  const strangers = Array.from({ length: deepest }, (_, rank) => others.flatMap((own) => own.slice(rank, rank + 1)));
  return { gallery, mated, strangers: strangers.flat() };
}

/** A stranger's probe, by its best score in the gallery it was held against. */
export interface StrangerScore {
  readonly person: string;
  readonly distance: number;
}

/** The best scores of `probes` strangers' images a draw, over `draws` galleries of one shape. */
export function strangersBest(
  set: LabelledVectors,
  pool: readonly string[],
  shape: GalleryShape,
  options: { readonly draws: number; readonly probes: number; readonly random: () => number },
  mayProbe: (image: string) => boolean = () => true,
): StrangerScore[] {
  return Array.from({ length: options.draws }, () => {
    const { gallery, strangers } = drawGallery(set, pool, shape, options.random);
    return strangers
      .filter((image) => mayProbe(set.images[image]!))
      .slice(0, options.probes)
      .map((probe) => ({ person: set.persons[probe]!, distance: set.nearest(probe, gallery).distance }));
  }).flat();
}
