import { DomainError } from '../../src/domain/errors';
import type { ClassifiedImage } from '../../src/ports/image-analyzer';
import { shownPart } from '../pipeline/fit-image';
import { ImagePyramid, type RgbImage } from '../pipeline/image';
import { highest, labelScores, outputsFor } from '../pipeline/label-scores';
import { resampleInto } from '../pipeline/resample';
import { inputShape } from '../pipeline/tensor-input';
import type { ClassifierManifest } from './classifier-manifest';
import { decodeImage } from './image-decoder';
import { withInput } from './input-buffers';
import { loadNet, type LocatedPack } from './pack-files';
import { packIdOf, type PackModel } from './pack-manifest';
import type { InferenceRuntime, Net, Tensor } from './runtime';
import type { LabelsJob } from './thread-messages';

/** One classifier, loaded in one thread. */
export class ClassifierEngine {
  readonly id: string;

  private constructor(
    readonly manifest: ClassifierManifest,
    private readonly net: Net,
  ) {
    this.id = packIdOf(manifest);
  }

  /** @throws Error when a checksum differs or the net does not load. */
  static async load(
    pack: LocatedPack<ClassifierManifest>,
    runtimeFor: (name: PackModel['runtime']) => Promise<InferenceRuntime>,
  ): Promise<ClassifierEngine> {
    return new ClassifierEngine(pack.manifest, await loadNet(pack, pack.manifest.model, runtimeFor));
  }

  /** @throws DomainError as {@link ImageAnalyzer} says of images, and when the net gives what is no confidence. */
  async classify({ image, top }: Pick<LabelsJob, 'image' | 'top'>): Promise<ClassifiedImage> {
    const start = performance.now();
    const { pixels, width, height, mime, isAnimated } = await decodeImage(image);
    const decoded = performance.now();
    const timings = { queue: 0, decode: decoded - start, prepare: 0, net: 0 };
    const { output, labels } = this.manifest;
    const scores = labelScores(output, labels.length, await this.numbersFor(pixels, timings));
    if (scores === undefined) {
      throw new DomainError(
        'DEPENDENCY_UNAVAILABLE',
        `Classifier ${this.id} gave no usable numbers for this image: try another image, and tell the operator of this server if it happens again.`,
        { retryable: false },
      );
    }
    return {
      width,
      height,
      mime,
      firstFrameOnly: isAnimated,
      labels: highest(scores, top).map((at) => ({ label: labels[at]!, confidence: scores[at]! * 100 })),
      timings,
    };
  }

  /**
   * What the net gives for an image, before it is made confidence.
   *
   * @throws Error when its output is no vector of as many numbers as there are labels.
   */
  async numbersFor(pixels: RgbImage, timings = { prepare: 0, net: 0 }): Promise<Float32Array> {
    const { input, width, height, output, labels } = this.manifest;
    const outputs = await withInput(width * height * 3, async (data) => {
      const start = performance.now();
      resampleInto(new ImagePyramid(pixels), shownPart(pixels, this.manifest), width, height, input, data);
      timings.prepare = performance.now() - start;
      const given = Object.values(await this.net.run({ data, shape: inputShape(input, 1, width, height) }));
      timings.net = performance.now() - start - timings.prepare;
      return given;
    });
    const wanted = outputsFor(output, labels.length);
    const found = labelNumbers(outputs, wanted);
    if (found.length === 1) return found[0]!.data;
    const shapes = outputs.map(({ shape }) => shape.join(' x ')).join(', ') || 'nothing';
    const how =
      found.length === 0 ? '' : ', and which of them tells the labels cannot be known: keep that output alone';
    throw new Error(
      `the net gives ${shapes}, and there are ${labels.length} labels: ${wanted.join(' or ')} numbers an image are wanted${how}`,
    );
  }

  dispose(): void {
    this.net.dispose();
  }
}

/**
 * The outputs that may be the labels': a net may give more, features or a person's age. One number for two labels is looked for only
 * where nothing gives two; what a runtime gives as whole numbers (the label itself, say) is no confidence.
 */
export function labelNumbers(outputs: readonly Tensor[], wanted: readonly number[]): Tensor[] {
  const vectors = outputs.filter((one) => isFloats(one) && isVector(one));
  const length = wanted.find((some) => vectors.some(({ data }) => data.length === some));
  return vectors.filter(({ data }) => data.length === length);
}

/** By its tag: what a runtime makes need not be of the same realm. */
const isFloats = ({ data }: Tensor): boolean => Object.prototype.toString.call(data) === '[object Float32Array]';

/** Whether only one of its sides is longer than 1. */
const isVector = ({ shape }: Tensor): boolean => shape.filter((side) => side !== 1).length <= 1;
