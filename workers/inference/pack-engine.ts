import type { FaceQuality, Pose } from '../../src/domain/geometry';
import type { PointedPlace } from '../../src/ports/face-analyzer';
import { selectFaces, type FaceSelection } from '../../src/domain/face-selection';
import type { UnindexedReason } from '../../src/domain/quality';
import { dropRepeats, type FivePoints } from '../pipeline/detection';
import { ImagePyramid, type PixelBox, type RgbImage } from '../pipeline/image';
import { arePointsOfAFace } from '../pipeline/face-shape';
import { estimatePose, rollOf } from '../pipeline/pose';
import { measureQuality } from '../pipeline/quality';
import { BlazefaceDetector } from './blazeface-detector';
import type { FaceDetector } from './face-detector';
import { FaceEmbedder, JointEmbedder, type AlignedFace, type EmbedderTables } from './face-embedder';
import { FaceFinder, type FinderTimings } from './face-finder';
import { FaceMesh, FivePointRegression } from './landmark-finders';
import { MediapipeDetector } from './mediapipe-detector';
import { loadNet, type LocatedPack } from './pack-files';
import { packIdOf, type PackEmbedder, type PackManifest, type PackModel } from './pack-manifest';
import { readTables } from './pack-tables';
import type { InferenceRuntime, Net } from './runtime';
import { YunetDetector } from './yunet-detector';

/** A face that was found and judged, in pixels of the image that was analysed. */
export interface FoundFace {
  readonly box: PixelBox;
  readonly points: FivePoints;
  readonly pose: Pose;
  readonly quality: FaceQuality;
  /** 0-100. */
  readonly confidence: number;
  /** Shorter side of the box in pixels of the image as it was sent. */
  readonly sizePx: number;
  readonly rejections: readonly UnindexedReason[];
  /** Present when an embedding is wanted and nothing speaks against it. */
  readonly aligned?: AlignedFace;
}

/** Milliseconds spent a stage. */
export interface FindTimings extends FinderTimings {
  align: number;
}

export interface FindOptions extends FaceSelection {
  readonly embed: boolean;
  /** Pixels of the image as it was sent per pixel of the analysed one. */
  readonly reduction: number;
}

interface LoadedNets {
  readonly detector: Net;
  readonly fineDetector: Net | undefined;
  readonly landmarks: Net;
  readonly embedders: readonly {
    readonly net: Net;
    readonly settings: PackEmbedder;
    readonly tables: EmbedderTables;
  }[];
}

export interface EngineOptions {
  /** false only to measure what the comparison of orientations costs. @default true */
  readonly checksUpright?: boolean;
}

/** The stages of one pack, loaded in one thread. */
export class PackEngine {
  readonly id: string;
  readonly manifest: PackManifest;
  readonly #finder: FaceFinder;
  readonly #embedder: JointEmbedder;
  readonly #nets: readonly Net[];

  private constructor(manifest: PackManifest, nets: LoadedNets, checksUpright: boolean) {
    const { detector, fineDetector, landmarks, embedders } = nets;
    this.id = packIdOf(manifest);
    this.manifest = manifest;
    this.#nets = [detector, landmarks, ...(fineDetector ? [fineDetector] : []), ...embedders.map(({ net }) => net)];
    this.#finder = new FaceFinder(
      makeDetector(manifest.detector, detector, fineDetector),
      manifest.landmarks.kind === 'face-mesh'
        ? new FaceMesh(landmarks, manifest.landmarks)
        : new FivePointRegression(landmarks, manifest.landmarks),
      { maxOverlap: manifest.detector.maxOverlap, checksUpright },
    );
    this.#embedder = new JointEmbedder(
      embedders.map(({ net, settings, tables }) => ({ settings, embedder: new FaceEmbedder(net, settings, tables) })),
      manifest.metric === 'COSINE',
    );
  }

  /**
   * Reads, checks and loads every net.
   *
   * @throws Error when a checksum differs or a net does not load.
   */
  static async load(
    pack: LocatedPack,
    runtimeFor: (name: 'onnxruntime' | 'tfjs') => Promise<InferenceRuntime>,
    { checksUpright = true }: EngineOptions = {},
  ): Promise<PackEngine> {
    const load = (model: PackModel): Promise<Net> => loadNet(pack, model, runtimeFor);
    const { manifest } = pack;
    const { model, fineModel } = manifest.detector;
    const detector = await load(model);
    const fineDetector = fineModel && (await load(fineModel));
    const landmarks = await load(manifest.landmarks.model);
    const embedders = [];
    for (const settings of manifest.embedders) {
      embedders.push({ net: await load(settings.model), settings, tables: await readTables(pack, settings) });
    }
    return new PackEngine(manifest, { detector, fineDetector, landmarks, embedders }, checksUpright);
  }

  /** Every face of an image, largest first, those that are to be embedded with their aligned face. */
  async find(pixels: RgbImage, options: FindOptions, timings: FindTimings): Promise<FoundFace[]> {
    const pyramid = new ImagePyramid(pixels);
    const faces = (await this.#finder.find(pyramid, timings)).map(({ detection: { box }, points, ...face }) => ({
      box,
      boundingBox: {
        left: box.x / pixels.width,
        top: box.y / pixels.height,
        width: box.width / pixels.width,
        height: box.height / pixels.height,
      },
      points,
      pose: estimatePose(points),
      quality: measureQuality(pyramid, points),
      confidence: face.confidence * 100,
      isAligned: face.isAligned,
      sizePx: Math.min(box.width, box.height) * options.reduction,
    }));
    const start = performance.now();
    const found = selectFaces(dropRepeats(faces), options).map(({ face, rejections }) =>
      options.embed && rejections.length === 0
        ? { ...face, rejections, aligned: this.#embedder.align(pyramid, face.points) }
        : { ...face, rejections },
    );
    timings.align += performance.now() - start;
    return found;
  }

  /** Faces that are known, in their order, aligned by the landmarks that they came with, or by those that are found at their box. */
  async place(
    pixels: RgbImage,
    places: readonly PointedPlace[],
    options: Pick<FindOptions, 'embed' | 'reduction'>,
    timings: FindTimings,
  ): Promise<FoundFace[]> {
    const pyramid = new ImagePyramid(pixels);
    const faces: FoundFace[] = [];
    for (const place of places) {
      const { box, points, confidence, isAligned } = await this.#locate(pyramid, place, timings);
      const start = performance.now();
      faces.push({
        box,
        points,
        pose: estimatePose(points),
        // Points that coincide have no frame to measure in.
        quality: isAligned ? measureQuality(pyramid, points) : { brightness: 0, sharpness: 0 },
        confidence,
        sizePx: Math.min(box.width, box.height) * options.reduction,
        rejections: isAligned ? [] : ['MISALIGNED' as const],
        ...(options.embed && isAligned ? { aligned: this.#embedder.align(pyramid, points) } : {}),
      });
      timings.align += performance.now() - start;
    }
    return faces;
  }

  async #locate(
    pyramid: ImagePyramid,
    { boundingBox, landmarks }: PointedPlace,
    timings: FindTimings,
  ): Promise<Pick<FoundFace, 'box' | 'points' | 'confidence'> & { readonly isAligned: boolean }> {
    const { width, height } = pyramid.image;
    const box = {
      x: boundingBox.left * width,
      y: boundingBox.top * height,
      width: boundingBox.width * width,
      height: boundingBox.height * height,
    };
    if (landmarks === null) {
      const face = await this.#finder.findAt(pyramid, box, timings);
      if (!face) return { box, points: middleOf(box), confidence: 0, isAligned: false };
      const { detection, points, confidence, isAligned } = face;
      return { box: detection.box, points, confidence: confidence * 100, isAligned };
    }
    const { eyeLeft, eyeRight, nose, mouthLeft, mouthRight } = landmarks;
    const points = [eyeLeft, eyeRight, nose, mouthLeft, mouthRight].flatMap(({ x, y }) => [x * width, y * height]);
    const isAligned = arePointsOfAFace({ box, score: 1, roll: rollOf(points) }, points);
    return { box, points, confidence: 0, isAligned };
  }

  /** One vector a face; undefined for a face that gives no usable one. */
  embed(faces: readonly AlignedFace[]): Promise<(Float32Array | undefined)[]> {
    return this.#embedder.embed(faces);
  }

  dispose(): void {
    for (const net of this.#nets) net.dispose();
  }
}

/** Five points of what is no face. */
function middleOf({ x, y, width, height }: PixelBox): FivePoints {
  return [0, 1, 2, 3, 4].flatMap(() => [x + width / 2, y + height / 2]);
}

function makeDetector(settings: PackManifest['detector'], net: Net, fineNet: Net | undefined): FaceDetector {
  switch (settings.kind) {
    case 'yunet':
      return new YunetDetector(net, settings);
    case 'blazeface':
      return new BlazefaceDetector(net, settings);
    case 'mediapipe':
      if (fineNet === undefined) throw new Error('A detector of kind mediapipe needs a fineModel');
      return new MediapipeDetector(net, fineNet, settings);
  }
}
