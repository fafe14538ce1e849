import { scaleTemplate, warpFace, writeChip, type FaceChip } from '../pipeline/align';
import type { FivePoints } from '../pipeline/detection';
import type { ImagePyramid } from '../pipeline/image';
import { inputShape } from '../pipeline/tensor-input';
import { makeUnit, norm, project } from '../pipeline/vector';
import { withInput } from './input-buffers';
import type { PackEmbedder } from './pack-manifest';
import type { Net } from './runtime';

/** Numbers beside the net's weights that make a vector of its output. */
export interface EmbedderTables {
  /** To be taken off, one number for each that the net gives. */
  readonly centre?: Float32Array;
  /** Row by row, a row for each number of the part and a column for each that the net gives. */
  readonly projection?: Float32Array;
}

/** Cuts aligned faces and turns them into the vectors of one net. */
export class FaceEmbedder {
  readonly #net: Net;
  readonly #settings: PackEmbedder;
  readonly #template: FivePoints;
  readonly #centre: Float32Array | undefined;
  readonly #projection: Float32Array | undefined;

  constructor(net: Net, settings: PackEmbedder, { centre, projection }: EmbedderTables) {
    this.#net = net;
    this.#settings = settings;
    this.#template = scaleTemplate(settings.template.flat(), settings.size, settings.templateScale);
    this.#centre = centre;
    this.#projection = projection;
  }

  align(pyramid: ImagePyramid, points: FivePoints): FaceChip {
    return warpFace(pyramid, points, this.#template, this.#settings.size);
  }

  /** One vector a chip, in order, each from its own chip alone; undefined where a chip (black, say) gives no usable vector. */
  async embed(chips: readonly FaceChip[]): Promise<(Float32Array | undefined)[]> {
    const { size, input, averageMirrored } = this.#settings;
    const views = averageMirrored ? 2 : 1;
    const outputs = await withInput(chips.length * views * size * size * 3, async (data) => {
      chips.forEach((chip, i) => {
        for (let view = 0; view < views; view++) {
          writeChip(chip, input, data, (i * views + view) * size * size * 3, view === 1);
        }
      });
      return Object.values(await this.#net.run({ data, shape: inputShape(input, chips.length * views, size, size) }));
    });
    const numbers = this.#numbers();
    // A net may give more than the features: age and gender, say.
    const output = outputs.find((one) => one.data.length === chips.length * views * numbers);
    if (output === undefined) {
      const given = outputs.map(({ shape }) => shape.join(' x ')).join(', ') || 'nothing';
      throw new Error(`The embedder's output is ${given}, not ${numbers} numbers a face`);
    }
    return chips.map((_, i) => this.#finish(output.data, i * views, views));
  }

  /** How many numbers the net gives for a face. */
  #numbers(): number {
    return this.#settings.projection?.from ?? this.#settings.dimension;
  }

  #finish(rows: Float32Array, first: number, views: number): Float32Array | undefined {
    const { output } = this.#settings;
    const numbers = this.#numbers();
    const vector = new Float32Array(numbers);
    for (let view = 0; view < views; view++) {
      for (let k = 0; k < numbers; k++) {
        const value = rows[(first + view) * numbers + k]!;
        vector[k]! += (output === 'SQRT' ? Math.sqrt(Math.max(0, value)) : value) / views;
      }
    }
    if (!this.#settle(vector)) return undefined;
    if (this.#centre !== undefined) {
      for (let k = 0; k < numbers; k++) vector[k]! -= this.#centre[k]!;
      if (!this.#settle(vector)) return undefined;
    }
    return this.#projection === undefined ? vector : project(vector, this.#projection);
  }

  /** false when the vector is of no use. */
  #settle(vector: Float32Array): boolean {
    return this.#settings.unit ? makeUnit(vector) : Number.isFinite(norm(vector));
  }
}

/** A face cut out for each embedder of a pack, in their order. */
export type AlignedFace = readonly FaceChip[];

interface WeightedPart {
  readonly embedder: FaceEmbedder;
  readonly settings: PackEmbedder;
}

/** The embedders of a pack on one aligned face: their vectors, weighted, one after the other. */
export class JointEmbedder {
  readonly #parts: readonly WeightedPart[];
  readonly #unit: boolean;

  /** @param unit makes the whole a unit vector, as a cosine metric wants it. */
  constructor(parts: readonly WeightedPart[], unit: boolean) {
    this.#parts = parts;
    this.#unit = unit;
  }

  align(pyramid: ImagePyramid, points: FivePoints): AlignedFace {
    return this.#parts.map(({ embedder }) => embedder.align(pyramid, points));
  }

  /** One vector a face, in order; undefined where one of the parts has none. */
  async embed(faces: readonly AlignedFace[]): Promise<(Float32Array | undefined)[]> {
    const columns: (Float32Array | undefined)[][] = [];
    for (const [i, { embedder }] of this.#parts.entries()) {
      columns.push(await embedder.embed(faces.map((chips) => chips[i]!)));
    }
    return faces.map((_, row) => this.#join(columns.map((column) => column[row])));
  }

  #join(vectors: readonly (Float32Array | undefined)[]): Float32Array | undefined {
    if (vectors.includes(undefined)) return undefined;
    return joinParts(
      vectors as readonly Float32Array[],
      this.#parts.map(({ settings }) => settings.weight),
      this.#unit,
    );
  }
}

/**
 * One vector out of several: each times the square root of its weight, one after the other.
 *
 * @param unit makes the whole a unit vector.
 * @returns undefined when it has no direction to keep.
 */
export function joinParts(
  parts: readonly Float32Array[],
  weights: readonly number[],
  unit: boolean,
): Float32Array | undefined {
  const joined = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const [i, part] of parts.entries()) {
    const factor = Math.sqrt(weights[i]!);
    for (let k = 0; k < part.length; k++) joined[at + k] = part[k]! * factor;
    at += part.length;
  }
  return !unit || makeUnit(joined) ? joined : undefined;
}
