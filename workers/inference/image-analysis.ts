import { clipBox } from '../../src/domain/geometry';
import type { AnalyzedFace, AnalyzedImage } from '../../src/ports/face-analyzer';
import { decodeImage, cleanImage, type DecodedImage } from './image-decoder';
import type { FoundFace, PackEngine } from './pack-engine';
import type { FacesJob } from './thread-messages';

/** Faces that go through the embedder together. Larger batches gain nothing on a CPU (docs/benchmarks.md) and make a search wait. */
export const EMBED_BATCH = 4;

/** How a thread waits for what another one does, and with what other work meanwhile. */
export type Wait = <T>(elsewhere: Promise<T>) => Promise<T>;

const identity: Wait = (elsewhere) => elsewhere;

const round = (value: number): number => Math.round(value * 1e6) / 1e6;

/** What is kept of a decoded image when its faces are found. */
interface SeenImage extends Pick<DecodedImage, 'width' | 'height' | 'mime' | 'isAnimated'> {
  /** Pixels of the copy that was analysed. */
  readonly seenWidth: number;
  readonly seenHeight: number;
}

/** An image on its way through a thread: decoded and looked at first, embedded later with the faces of other images. */
export class ImageAnalysis {
  readonly #timings = { queue: 0, decode: 0, detect: 0, landmarks: 0, align: 0, embed: 0, encode: 0 };
  readonly #vectors = new Map<FoundFace, Float32Array | undefined>();
  #decoding: Promise<DecodedImage> | undefined;
  #seen!: SeenImage;
  #faces: readonly FoundFace[] = [];
  #cleaning: Promise<AnalyzedImage['cleaned']> | undefined;
  #cleaned: AnalyzedImage['cleaned'];

  constructor(
    readonly job: FacesJob,
    readonly engine: PackEngine,
  ) {}

  /** Begins to decode, on a thread of libuv's: this one may work on something else meanwhile. */
  decode(): Promise<DecodedImage> {
    this.#decoding ??= decodeImage(this.job.image);
    // Told by `prepare`, which may come later.
    this.#decoding.catch(() => undefined);
    return this.#decoding;
  }

  /** Everything but the embeddings; the image to be kept is made meanwhile. */
  async prepare(wait: Wait = identity): Promise<void> {
    const { job } = this;
    const clock = performance.now();
    const decoded = await wait(this.decode());
    // Its pixels are the largest thing there is: they go when this is over, not with the batch.
    this.#decoding = undefined;
    const { pixels, width, height, mime, isAnimated } = decoded;
    this.#seen = { width, height, mime, isAnimated, seenWidth: pixels.width, seenHeight: pixels.height };
    this.#timings.decode = performance.now() - clock;
    // One that was reduced is decoded again for it, in full: not while the nets hold what they need of it.
    const isReduced = pixels.width !== width;
    if (job.clean && !isReduced) this.#clean(decoded);
    const options = { ...job, reduction: width / pixels.width };
    this.#faces = job.places
      ? await this.engine.place(pixels, job.places, options, this.#timings)
      : await this.engine.find(pixels, options, this.#timings);
    if (job.clean && isReduced) this.#clean(decoded);
  }

  #clean(decoded: DecodedImage): void {
    this.#cleaning = cleanImage(decoded);
    // Told by `finish`.
    this.#cleaning.catch(() => undefined);
  }

  /** Waits for the image to be kept. */
  async finish(wait: Wait = identity): Promise<void> {
    const clock = performance.now();
    if (this.#cleaning) this.#cleaned = await wait(this.#cleaning);
    this.#timings.encode = performance.now() - clock;
  }

  /** The faces that still wait for a vector. */
  pending(): FoundFace[] {
    return this.#faces.filter((face) => face.aligned !== undefined && !this.#vectors.has(face));
  }

  accept(face: FoundFace, vector: Float32Array | undefined, ms: number): void {
    this.#vectors.set(face, vector);
    this.#timings.embed += ms;
  }

  result(): AnalyzedImage {
    const { width, height, mime, isAnimated } = this.#seen;
    return {
      width,
      height,
      mime,
      firstFrameOnly: isAnimated,
      faces: this.#faces.map((face) => this.#describe(face)),
      ...(this.#cleaned === undefined ? {} : { cleaned: this.#cleaned }),
      timings: this.#timings,
    };
  }

  #describe(face: FoundFace): AnalyzedFace {
    const { seenWidth: width, seenHeight: height } = this.#seen;
    const point = (i: number): { x: number; y: number } => ({
      x: round(face.points[2 * i]! / width),
      y: round(face.points[2 * i + 1]! / height),
    });
    const embedding = this.#vectors.get(face);
    return {
      boundingBox: clipBox({
        left: face.box.x / width,
        top: face.box.y / height,
        width: face.box.width / width,
        height: face.box.height / height,
      }),
      landmarks: {
        eyeLeft: point(0),
        eyeRight: point(1),
        nose: point(2),
        mouthLeft: point(3),
        mouthRight: point(4),
      },
      pose: face.pose,
      quality: face.quality,
      confidence: face.confidence,
      sizePx: face.sizePx,
      rejections: this.#vectors.has(face) && embedding === undefined ? ['LOW_FACE_QUALITY'] : face.rejections,
      ...(embedding === undefined ? {} : { embedding }),
    };
  }
}

/** Embeds the faces of several images of one pack together, batch by batch. `between` runs before each batch. */
export async function embedTogether(analyses: readonly ImageAnalysis[], between: () => Promise<void>): Promise<void> {
  const waiting = analyses.flatMap((analysis) => analysis.pending().map((face) => ({ analysis, face })));
  for (let i = 0; i < waiting.length; i += EMBED_BATCH) {
    await between();
    const batch = waiting.slice(i, i + EMBED_BATCH);
    const start = performance.now();
    const vectors = await batch[0]!.analysis.engine.embed(batch.map(({ face }) => face.aligned!));
    const each = (performance.now() - start) / batch.length;
    batch.forEach(({ analysis, face }, k) => analysis.accept(face, vectors[k]!, each));
  }
}
