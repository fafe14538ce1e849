import type { Metric } from '../../src/domain/calibration';
import { distanceBetween } from '../../src/domain/distance';
import { personOf } from './labelled-faces';

/** Images of known people with the distances of all pairs, computed once. Images are meant by their place in `images`. */
export class LabelledVectors {
  /** Paths, in the order of the vectors that were given. */
  readonly images: readonly string[];
  /** Who is on each image. */
  readonly persons: readonly string[];
  readonly vectors: readonly Float32Array[];
  readonly #byPerson = new Map<string, number[]>();
  readonly #distances: Float32Array;

  constructor(metric: Metric, vectors: ReadonlyMap<string, Float32Array>) {
    this.images = [...vectors.keys()];
    this.persons = this.images.map(personOf);
    this.persons.forEach((person, i) => {
      const own = this.#byPerson.get(person);
      if (own) own.push(i);
      else this.#byPerson.set(person, [i]);
    });
    const all = [...vectors.values()];
    this.vectors = all;
    const count = all.length;
    this.#distances = new Float32Array(count * count);
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < i; j++) {
        const distance = distanceBetween(metric, all[i]!, all[j]!);
        this.#distances[i * count + j] = distance;
        this.#distances[j * count + i] = distance;
      }
    }
  }

  /** In byte order of their names. */
  people(): string[] {
    return [...this.#byPerson.keys()].sort();
  }

  imagesOf(person: string): readonly number[] {
    return this.#byPerson.get(person) ?? [];
  }

  distance(a: number, b: number): number {
    return this.#distances[a * this.images.length + b]!;
  }

  /** The `count` images nearest to one, itself left out, the nearest first. */
  nearestOf(image: number, count: number): number[] {
    const row = image * this.images.length;
    return this.images
      .map((_, at) => at)
      .filter((at) => at !== image)
      .sort((a, b) => this.#distances[row + a]! - this.#distances[row + b]!)
      .slice(0, count);
  }

  /** The image of `gallery` nearest to `probe`, and how near. */
  nearest(probe: number, gallery: readonly number[]): { readonly image: number; readonly distance: number } {
    const row = probe * this.images.length;
    let image = -1;
    let distance = Infinity;
    for (const candidate of gallery) {
      const here = this.#distances[row + candidate]!;
      if (here < distance) {
        distance = here;
        image = candidate;
      }
    }
    return { image, distance };
  }
}
