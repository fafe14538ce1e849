import {
  applyTransform,
  fitSimilarity,
  invert,
  warpImage,
  writeChip,
  type SimilarityTransform,
} from '../pipeline/align';
import type { Detection, FivePoints } from '../pipeline/detection';
import type { ImagePyramid, PixelBox } from '../pipeline/image';
import { rollOf } from '../pipeline/pose';
import { resampleInto } from '../pipeline/resample';
import { inputShape } from '../pipeline/tensor-input';
import { regionOf, toImage, viewRegion, writeView } from '../pipeline/turned-view';
import { withInput } from './input-buffers';
import type { PackManifest } from './pack-manifest';
import type { Net } from './runtime';

export interface FoundPoints {
  readonly points: FivePoints;
  /** 0-1: the detector's score. */
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
    const region = regionOf(box, roll);
    const outputs = await withInput(size * size * 3, (data) => {
      if (roll === 0) resampleInto(pyramid, box, size, size, input, data);
      else writeView(viewRegion(pyramid, region, size), 0, input, data, 0);
      return this.#net.run({ data, shape: inputShape(input, 1, size, size) });
    });
    const [output] = Object.values(outputs);
    const points: number[] = [];
    for (let i = 0; i < 10; i += 2) points.push(...toImage(region, output!.data[i]!, output!.data[i + 1]!));
    return { points, confidence: score };
  }
}

/** Vertices of the 468-point mesh whose means are the five points. */
const MESH_VERTICES: readonly (readonly number[])[] = [[33, 133], [362, 263], [4], [61], [291]];
const MESH_NUMBERS = 468 * 3;
/** How much wider than the detector's box the mesh is shown, where the pack does not say. */
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
    const { size, input, scoreThreshold = 0, margin = MESH_MARGIN, levelledBy } = this.#settings;
    const roll = levelledBy === 'EYES' ? rollOfEyes(detection) : rollOfAxis(detection);
    const toNet = turnedSquare(detection.box, roll, margin, size);
    const outputs = await withInput(size * size * 3, (data) => {
      writeChip(warpImage(pyramid, toNet, size), input, data, 0);
      return this.#net.run({ data, shape: inputShape(input, 1, size, size) });
    });
    const presence = Object.values(outputs).find((tensor) => tensor.data.length === 1)!.data[0]!;
    if (presence < scoreThreshold) return undefined;
    const mesh = Object.values(outputs).find((tensor) => tensor.data.length === MESH_NUMBERS)!.data;
    const back = invert(toNet);
    const points = MESH_VERTICES.flatMap((vertices) => {
      const mean = (axis: 0 | 1): number => vertices.reduce((sum, v) => sum + mesh[3 * v + axis]!, 0) / vertices.length;
      return applyTransform(back, mean(0), mean(1));
    });
    // How sure the mesh is tells faces from none, but not one face from another: it is nearly always near 1.
    return { points, confidence: detection.score };
  }
}

/** Radians by which the line between the eyes that the detector saw is turned; the detection's own turn where it saw none. */
function rollOfEyes({ points, roll }: Detection): number {
  return points === undefined ? (roll * Math.PI) / 180 : Math.atan2(points[3]! - points[1]!, points[2]! - points[0]!);
}

/** Radians by which the way from the eyes to the mouth that the detector saw is turned: also of a profile, whose eyes fall together. */
function rollOfAxis({ points, roll }: Detection): number {
  return ((points === undefined ? roll : rollOf(points)) * Math.PI) / 180;
}

/**
 * The transform that brings a square about the box to `size` x `size`, turned so that the face stands upright: the mesh was
 * trained on upright faces and loses its way on tilted ones.
 */
function turnedSquare(box: PixelBox, roll: number, margin: number, size: number): SimilarityTransform {
  const x = box.x + box.width / 2;
  const y = box.y + box.height / 2;
  const half = (Math.max(box.width, box.height) * margin) / 2;
  return fitSimilarity(
    [x, y, x + half * Math.cos(roll), y + half * Math.sin(roll)],
    [size / 2, size / 2, size, size / 2],
  );
}
