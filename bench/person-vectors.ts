import { automaticThreshold } from '../src/domain/identification';
import { distanceAtSimilarity, type Calibration, type Metric } from '../src/domain/calibration';
import { distanceBetween } from '../src/domain/distance';
import { fuseVectors, type FusedVector, type WeightedVector } from '../src/domain/fused-vector';
import { drawGallery, type GalleryShape } from '../workers/evaluation/gallery-draws';
import type { LabelledVectors } from '../workers/evaluation/labelled-vectors';
import { randomFrom } from '../workers/evaluation/random';

/** How far a probe is from a person of several faces. */
export const RULES = ['best face', 'centre', 'robust centre', 'nearest of faces and centre'] as const;
type Rule = (typeof RULES)[number];

export interface RuleRates {
  readonly rule: string;
  /** Share of the mated probes whose person is the nearest. */
  readonly rank1: number;
  /** Share of the mated probes whose person is not the nearest, or not nearer than the share `fpir` of strangers' probes come. */
  readonly fnir: readonly { readonly fpir: number; readonly rate: number }[];
}

/** A probe held against a gallery: how near the nearest person is, and whether it is theirs. */
interface Held {
  readonly distance: number;
  readonly isRight: boolean;
}

interface PersonOfGallery {
  readonly name: string;
  readonly images: readonly number[];
  readonly centre: Float32Array;
  readonly robustCentre: Float32Array;
}

export interface Draws {
  readonly draws: number;
  /** Strangers' probes a draw. */
  readonly probes: number;
  readonly seed: number;
}

const FALSE_POSITIVE_RATES = [0.1, 0.01];
const STEPS = 5;
/** Photographs of a probe of several. */
const TOGETHER = 3;

/** Labelled faces with what each counts in a mean. Images are meant by their place in `set.images`. */
export class WeightedFaces {
  constructor(
    readonly set: LabelledVectors,
    readonly metric: Metric,
    private readonly vectors: readonly Float32Array[],
    private readonly weights: readonly number[],
  ) {}

  vectorOf(image: number): Float32Array {
    return this.vectors[image]!;
  }

  centreOf(images: readonly number[]): Float32Array {
    return this.fused(images).vector;
  }

  fused(images: readonly number[]): FusedVector {
    return fuseVectors(this.metric, this.parts(images));
  }

  /** The geometric median, by Weiszfeld's steps: a face far from the others counts for little. */
  robustCentreOf(images: readonly number[]): Float32Array {
    const parts = this.parts(images);
    let centre = fuseVectors(this.metric, parts).vector;
    for (let step = 0; step < STEPS; step++) {
      const here = centre;
      const pulled = parts.map(({ vector, weight }) => ({
        vector,
        weight: weight / Math.max(1e-3, distanceBetween('EUCLIDEAN', vector, here)),
      }));
      centre = fuseVectors(this.metric, pulled).vector;
    }
    return centre;
  }

  private parts(images: readonly number[]): WeightedVector[] {
    return images.map((image) => ({ vector: this.vectors[image]!, weight: this.weights[image]! }));
  }
}

/** Each rule over the same random galleries. */
export function compareRules(
  faces: WeightedFaces,
  pool: readonly string[],
  shape: GalleryShape,
  { draws, probes, seed }: Draws,
): RuleRates[] {
  const random = randomFrom(seed);
  const strangers = RULES.map((): number[] => []);
  const mated = RULES.map((): Held[] => []);
  for (let i = 0; i < draws; i++) {
    const draw = drawGallery(faces.set, pool, shape, random);
    const people = peopleOf(faces, draw.gallery);
    for (const probe of draw.strangers.slice(0, probes)) {
      RULES.forEach((rule, at) => strangers[at]!.push(nearestPerson(faces, people, probe, rule).distance));
    }
    for (const probe of draw.mated) {
      RULES.forEach((rule, at) => mated[at]!.push(nearestPerson(faces, people, probe, rule)));
    }
  }
  return RULES.map((rule, at) => ratesOf(rule, strangers[at]!, mated[at]!));
}

function peopleOf(faces: WeightedFaces, gallery: readonly number[]): PersonOfGallery[] {
  const byName = new Map<string, number[]>();
  for (const image of gallery) {
    const name = faces.set.persons[image]!;
    byName.set(name, [...(byName.get(name) ?? []), image]);
  }
  return [...byName].map(([name, images]) => ({
    name,
    images,
    centre: faces.centreOf(images),
    robustCentre: faces.robustCentreOf(images),
  }));
}

function nearestPerson(faces: WeightedFaces, people: readonly PersonOfGallery[], probe: number, rule: Rule): Held {
  let nearest: PersonOfGallery | undefined;
  let distance = Infinity;
  for (const person of people) {
    const here = distanceBy(faces, person, probe, rule);
    if (here < distance) [nearest, distance] = [person, here];
  }
  return { distance, isRight: nearest?.name === faces.set.persons[probe] };
}

function distanceBy(faces: WeightedFaces, person: PersonOfGallery, probe: number, rule: Rule): number {
  const { set, metric } = faces;
  const toCentre = (centre: Float32Array): number => distanceBetween(metric, faces.vectorOf(probe), centre);
  const toBest = (): number => Math.min(...person.images.map((image) => set.distance(probe, image)));
  switch (rule) {
    case 'best face':
      return toBest();
    case 'centre':
      return toCentre(person.centre);
    case 'robust centre':
      return toCentre(person.robustCentre);
    case 'nearest of faces and centre':
      return Math.min(toBest(), toCentre(person.centre));
  }
}

function ratesOf(rule: string, strangers: readonly number[], mated: readonly Held[]): RuleRates {
  const ascending = Float64Array.from(strangers).sort();
  return {
    rule,
    rank1: mated.filter(({ isRight }) => isRight).length / mated.length,
    fnir: FALSE_POSITIVE_RATES.map((fpir) => {
      const limit = ascending[Math.floor(fpir * ascending.length)]!;
      const found = mated.filter(({ isRight, distance }) => isRight && distance < limit).length;
      return { fpir, rate: 1 - found / mated.length };
    }),
  };
}

export interface TogetherRates {
  readonly probe: string;
  /** Share of the strangers' probes that get an answer at the automatic threshold. */
  readonly fpir: number;
  /** Shares of the mated probes that are named rightly and wrongly there. */
  readonly right: number;
  readonly wrong: number;
  readonly strangers: number;
  readonly mated: number;
}

/** Probes of one photograph and of three of the same person together, against the best face, at the automatic threshold. */
export function compareProbes(
  faces: WeightedFaces,
  pool: readonly string[],
  shape: GalleryShape,
  calibration: Calibration,
  { draws, seed }: Draws,
  targetFpir: number,
): TogetherRates[] {
  const { set, metric } = faces;
  const random = randomFrom(seed);
  const size = { faces: shape.people * shape.samples, persons: shape.people, unassigned: 0 };
  const limit = distanceAtSimilarity(calibration, automaticThreshold(size, calibration.identification, targetFpir));
  const tallies = [1, TOGETHER].map((count) => ({ count, strangers: 0, alarms: 0, mated: 0, right: 0, wrong: 0 }));
  for (let i = 0; i < draws; i++) {
    const { gallery, mated, strangers } = drawGallery(set, pool, shape, random);
    const enrolled = new Set(gallery.map((image) => set.persons[image]!));
    const byPerson = new Map<string, number[]>();
    for (const image of [...mated, ...strangers]) {
      const name = set.persons[image]!;
      byPerson.set(name, [...(byPerson.get(name) ?? []), image]);
    }
    for (const [name, images] of byPerson) {
      if (images.length < TOGETHER) continue;
      for (const tally of tallies) {
        const { vector, distanceOf } = faces.fused(images.slice(0, tally.count));
        const best = nearestImage(faces, metric, vector, gallery);
        const isIn = distanceOf(best.distance) <= limit;
        if (!enrolled.has(name)) {
          tally.strangers++;
          if (isIn) tally.alarms++;
          continue;
        }
        tally.mated++;
        if (isIn && set.persons[best.image] === name) tally.right++;
        else if (isIn) tally.wrong++;
      }
    }
  }
  return tallies.map(({ count, strangers, alarms, mated, right, wrong }) => ({
    probe: count === 1 ? 'one photograph' : `${count} together`,
    fpir: alarms / strangers,
    right: right / Math.max(1, mated),
    wrong: wrong / Math.max(1, mated),
    strangers,
    mated,
  }));
}

function nearestImage(faces: WeightedFaces, metric: Metric, probe: Float32Array, gallery: readonly number[]) {
  let image = -1;
  let distance = Infinity;
  for (const candidate of gallery) {
    const here = distanceBetween(metric, probe, faces.vectorOf(candidate));
    if (here < distance) [image, distance] = [candidate, here];
  }
  return { image, distance };
}
