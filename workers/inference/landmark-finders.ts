import {
  applyTransform,
  fitSimilarity,
  invert,
  warpImage,
  writeChip,
  type SimilarityTransform,
} from '../pipeline/align';
import type { Detection, FivePoints } from '../pipeline/detection';
import type { ImagePyramid } from '../pipeline/image';
import { resampleInto } from '../pipeline/resample';
import { inputShape } from '../pipeline/tensor-input';
import { regionOf, toPicture, viewRegion, writeView } from '../pipeline/turned-view';
import type { PackManifest } from './pack-manifest';
import type { Net } from './runtime';

export interface FoundPoints {
  readonly points: FivePoints;
  /** 0-1, how sure the landmark net itself is to see a face; the detector's score where it does not say. */
  readonly confidence: number;
}

/** Finds the five points that a face is aligned by. */
export interface LandmarkFinder {
  /** @returns undefined when a closer look shows that the detection is no face. */
  find(pyramid: ImagePyramid, detection: Detection): Promise<FoundPoints | undefined>;
}

type LandmarkSettings = PackManifest['landmarks'];

/** A net that answers ten fractions of the tight box, such as landmarks-regression-retail-0009. */
export class FivePointRegression implements LandmarkFinder {
  readonly #net: Net;
  readonly #settings: LandmarkSettings;

  constructor(net: Net, settings: LandmarkSettings) {
    this.#net = net;
    this.#settings = settings;
  }

  async find(pyramid: ImagePyramid, { box, roll, score }: Detection): Promise<FoundPoints> {
    const { size, input } = this.#settings;
    const data = new Float32Array(size * size * 3);
    const region = regionOf(box, roll);
    if (roll === 0) resampleInto(pyramid, box, size, size, input, data);
    else writeView(viewRegion(pyramid, region, size), 0, input, data, 0);
    const [output] = Object.values(await this.#net.run({ data, shape: inputShape(input, 1, size, size) }));
    const points: number[] = [];
    for (let i = 0; i < 10; i += 2) points.push(...toPicture(region, output!.data[i]!, output!.data[i + 1]!));
    return { points, confidence: score };
  }
}

/** Vertices of the 468-point mesh whose means are the five points. */
const MESH_VERTICES: readonly (readonly number[])[] = [[33, 133], [362, 263], [4], [61], [291]];
const MESH_NUMBERS = 468 * 3;
/** How much wider than the detector's box the mesh wants to see. */
const MESH_MARGIN = 1.4;

/** MediaPipe's face mesh on a square about the detector's box. */
export class FaceMesh implements LandmarkFinder {
  readonly #net: Net;
  readonly #settings: LandmarkSettings;

  constructor(net: Net, settings: LandmarkSettings) {
    this.#net = net;
    this.#settings = settings;
  }

  async find(pyramid: ImagePyramid, detection: Detection): Promise<FoundPoints | undefined> {
    const { size, input, scoreThreshold = 0 } = this.#settings;
    const toNet = uprightSquare(detection, MESH_MARGIN, size);
    const data = new Float32Array(size * size * 3);
    writeChip(warpImage(pyramid, toNet, size), input, data, 0);
    const outputs = await this.#net.run({ data, shape: inputShape(input, 1, size, size) });
    const confidence = Object.values(outputs).find((tensor) => tensor.data.length === 1)!.data[0]!;
    if (confidence < scoreThreshold) return undefined;
    const mesh = Object.values(outputs).find((tensor) => tensor.data.length === MESH_NUMBERS)!.data;
    const back = invert(toNet);
    const points = MESH_VERTICES.flatMap((vertices) => {
      const mean = (axis: 0 | 1): number => vertices.reduce((sum, v) => sum + mesh[3 * v + axis]!, 0) / vertices.length;
      return applyTransform(back, mean(0), mean(1));
    });
    return { points, confidence };
  }
}

/**
 * The transform that brings a square about the box to `size` x `size`, turned so that the eyes the detector saw lie level: the
 * mesh was trained on upright faces and loses its way on tilted ones.
 */
function uprightSquare({ box, points }: Detection, margin: number, size: number): SimilarityTransform {
  const x = box.x + box.width / 2;
  const y = box.y + box.height / 2;
  const half = (Math.max(box.width, box.height) * margin) / 2;
  const roll = points === undefined ? 0 : Math.atan2(points[3]! - points[1]!, points[2]! - points[0]!);
  return fitSimilarity(
    [x, y, x + half * Math.cos(roll), y + half * Math.sin(roll)],
    [size / 2, size / 2, size, size / 2],
  );
}
