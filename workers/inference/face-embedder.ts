import { scaleTemplate, warpFace, writeChip, type FaceChip } from '../pipeline/align';
import type { FivePoints } from '../pipeline/detection';
import type { ImagePyramid } from '../pipeline/image';
import { inputShape } from '../pipeline/tensor-input';
import { centreUnit, makeUnit, norm } from '../pipeline/vector';
import type { PackManifest } from './pack-manifest';
import type { Net } from './runtime';

/** Cuts aligned faces and turns them into vectors as the pack's metric wants them. */
export class FaceEmbedder {
  readonly #net: Net;
  readonly #settings: PackManifest['embedder'];
  readonly #metric: PackManifest['metric'];
  readonly #template: FivePoints;
  readonly #centre: Float32Array | undefined;

  constructor(net: Net, manifest: PackManifest, centre: Float32Array | undefined) {
    this.#net = net;
    this.#settings = manifest.embedder;
    this.#metric = manifest.metric;
    this.#template = scaleTemplate(this.#settings.template.flat(), this.#settings.size, this.#settings.templateScale);
    this.#centre = centre;
  }

  align(pyramid: ImagePyramid, points: FivePoints): FaceChip {
    return warpFace(pyramid, points, this.#template, this.#settings.size);
  }

  /** One vector a chip, in order, each from its own chip alone; undefined where a chip (black, say) gives no usable vector. */
  async embed(chips: readonly FaceChip[]): Promise<(Float32Array | undefined)[]> {
    const { size, input, averageMirrored } = this.#settings;
    const views = averageMirrored ? 2 : 1;
    const data = new Float32Array(chips.length * views * size * size * 3);
    chips.forEach((chip, i) => {
      for (let view = 0; view < views; view++) {
        writeChip(chip, input, data, (i * views + view) * size * size * 3, view === 1);
      }
    });
    const [output] = Object.values(
      await this.#net.run({ data, shape: inputShape(input, chips.length * views, size, size) }),
    );
    return chips.map((_, i) => this.#finish(output!.data, i * views, views));
  }

  #finish(rows: Float32Array, first: number, views: number): Float32Array | undefined {
    const { dimension } = this.#settings;
    const vector = new Float32Array(dimension);
    for (let view = 0; view < views; view++) {
      for (let k = 0; k < dimension; k++) vector[k]! += rows[(first + view) * dimension + k]! / views;
    }
    if (this.#metric === 'EUCLIDEAN') return Number.isFinite(norm(vector)) ? vector : undefined;
    if (!makeUnit(vector)) return undefined;
    return this.#centre === undefined || centreUnit(vector, this.#centre) ? vector : undefined;
  }
}
