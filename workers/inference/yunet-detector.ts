import { suppress, type Detection } from '../pipeline/detection';
import type { ImagePyramid } from '../pipeline/image';
import { resampleInto } from '../pipeline/resample';
import { inputShape } from '../pipeline/tensor-input';
import { fromView, viewRegion, writeView, type Quarter, type Region } from '../pipeline/turned-view';
import { decodeYunet, type YunetHeads } from '../pipeline/yunet';
import type { Detail, DetectorScores, FaceDetector } from './face-detector';
import type { PackManifest } from './pack-manifest';
import type { Net } from './runtime';

type DetectorSettings = PackManifest['detector'];

/** Longest side, in pixels, up to which one look at 320 px sees every face that is worth seeing (LFW's 250 px pictures among them). */
const SMALL_PICTURE = 400;
const COARSE = 320;
/** Longest side of the fine look: faces down to about 12 px of it are found. */
const FINE = 1600;

/** Sides of the views, in pixels; multiples of 32. */
const VIEW_SIDE: Readonly<Record<Detail, number>> = { FACE: 64, CLOSE: 128, GLANCE: 64, WHOLE: 320 };
/** The glance at a picture that is not small. */
const LARGE_GLANCE = 128;
/** Pixels of views that go through the net together: enough to spread the cost of a call, little enough to stay in cache. */
const MAX_BATCH_PIXELS = 320 * 320;
/** What scores less in a view is not worth decoding. */
const LEAST_SCORE = 0.05;

/**
 * YuNet at its small size for small pictures; for larger ones one coarse look for the faces that fill the picture and a fine
 * one for the small.
 */
export class YunetDetector implements FaceDetector {
  readonly quarters = [0, 1, 2, 3] as const;
  readonly isDeafToTurned = false;
  readonly scores: DetectorScores;
  readonly #net: Net;
  readonly #settings: DetectorSettings;

  constructor(net: Net, settings: DetectorSettings) {
    this.#net = net;
    this.#settings = settings;
    this.scores = { candidate: 0.2, glance: 0.5, seen: settings.scoreThreshold, likely: 0.65, sure: 0.85, clear: 0.88 };
  }

  async detect(pyramid: ImagePyramid): Promise<Detection[]> {
    const longest = Math.max(pyramid.image.width, pyramid.image.height);
    const looks = longest <= SMALL_PICTURE ? [COARSE] : [COARSE, Math.min(FINE, Math.max(2 * COARSE, longest))];
    const found: Detection[] = [];
    for (const look of looks) found.push(...(await this.#look(pyramid, look / longest)));
    return suppress(found, this.#settings.maxOverlap);
  }

  async #look(pyramid: ImagePyramid, scale: number): Promise<Detection[]> {
    const { width, height } = pyramid.image;
    const toStride = (side: number): number => Math.max(32, Math.round((side * scale) / 32) * 32);
    const inputWidth = toStride(width);
    const inputHeight = toStride(height);
    const { input } = this.#settings;
    const data = new Float32Array(inputWidth * inputHeight * 3);
    resampleInto(pyramid, { x: 0, y: 0, width, height }, inputWidth, inputHeight, input, data);
    const heads = await this.#run(data, 1, inputWidth, inputHeight);
    const [scaleX, scaleY] = [width / inputWidth, height / inputHeight];
    return decodeYunet(heads, inputWidth, inputHeight, scaleX, scaleY, this.scores.candidate);
  }

  async lookAround(
    pyramid: ImagePyramid,
    regions: readonly Region[],
    quarters: readonly Quarter[],
    detail: Detail,
  ): Promise<Detection[][]> {
    if (regions.length === 0) return [];
    const isLarge = detail === 'GLANCE' && regions[0]!.width > SMALL_PICTURE;
    const side = isLarge ? LARGE_GLANCE : VIEW_SIDE[detail];
    const perBatch = Math.max(1, Math.floor(MAX_BATCH_PIXELS / (side * side * quarters.length)));
    const found: Detection[][] = [];
    for (let i = 0; i < regions.length; i += perBatch) {
      found.push(...(await this.#lookTogether(pyramid, regions.slice(i, i + perBatch), quarters, side)));
    }
    return found;
  }

  async #lookTogether(
    pyramid: ImagePyramid,
    regions: readonly Region[],
    quarters: readonly Quarter[],
    side: number,
  ): Promise<Detection[][]> {
    const { input } = this.#settings;
    const viewLength = side * side * 3;
    const batch = regions.length * quarters.length;
    const data = new Float32Array(batch * viewLength);
    regions.forEach((region, i) => {
      const view = viewRegion(pyramid, region, side);
      quarters.forEach((quarter, k) => {
        writeView(view, quarter, input, data, (i * quarters.length + k) * viewLength);
      });
    });
    const heads = await this.#run(data, batch, side, side);
    return regions.map((region, i) =>
      quarters.flatMap((quarter, k) => {
        const one = sliceHeads(heads, i * quarters.length + k, batch);
        const turned = { ...region, roll: region.roll + 90 * quarter };
        return decodeYunet(one, side, side, 1, 1, LEAST_SCORE).map((seen) => fromView(seen, turned, side));
      }),
    );
  }

  async #run(data: Float32Array, batch: number, width: number, height: number): Promise<YunetHeads> {
    const outputs = await this.#net.run({ data, shape: inputShape(this.#settings.input, batch, width, height) });
    return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, tensor.data]));
  }
}

/** The heads of one picture of a batch. */
function sliceHeads(heads: YunetHeads, index: number, batch: number): YunetHeads {
  return Object.fromEntries(
    Object.entries(heads).map(([name, data]) => {
      const length = data.length / batch;
      return [name, data.subarray(index * length, (index + 1) * length)];
    }),
  );
}
