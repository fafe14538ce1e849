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
    // A net may give more than the labels: features, say.
    const found = outputs.find((one) => isVector(one) && wanted.includes(one.data.length));
    if (found !== undefined) return found.data;
    const shapes = outputs.map(({ shape }) => shape.join(' x ')).join(', ') || 'nothing';
    throw new Error(
      `the net gives ${shapes}, and there are ${labels.length} labels: ${wanted.join(' or ')} numbers an image are wanted`,
    );
  }

  dispose(): void {
    this.net.dispose();
  }
}

/** Whether only one of its sides is longer than 1. */
const isVector = ({ shape }: Tensor): boolean => shape.filter((side) => side !== 1).length <= 1;
