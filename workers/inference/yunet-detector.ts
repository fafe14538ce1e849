import { suppress, type Detection } from '../pipeline/detection';
import type { ImagePyramid } from '../pipeline/image';
import { resampleInto } from '../pipeline/resample';
import { inputShape } from '../pipeline/tensor-input';
import { fromTile, planTiles, type Tile, type TileLimits } from '../pipeline/tiles';
import { fromView, viewRegion, writeView, type Quarter, type Region } from '../pipeline/turned-view';
import { decodeYunet, type YunetHeads } from '../pipeline/yunet';
import type { Detail, DetectorScores, FaceDetector } from './face-detector';
import { withInput } from './input-buffers';
import type { PackManifest } from './pack-manifest';
import type { Net } from './runtime';

type DetectorSettings = PackManifest['detector'];

/** Longest side, in pixels, up to which one look at 320 px sees every face that is worth seeing (LFW's 250 px images among them: at 256 px a dozen false faces more of 4,992). */
const SMALL_IMAGE = 400;
const COARSE = 320;
/** Longest side of the fine look, but for huge images: faces down to about 12 px of it are found. */
const FINE = 1600;
/** A huge image is looked at in half its size at least, in tiles: faces of 24 px are found in it. */
const FINE_SCALE = 0.5;
/** The look between the coarse and that of a huge image, as a part of the latter: shows whole what may not lie whole in any tile. */
const BETWEEN = 0.25;
/** What is smaller in a look, in pixels, is left to the finer ones: its place is a guess. */
const LEAST_COARSE = 16;
/** A tile takes some 80 MB of a thread, a look of 1,600 x 1,600 pixels 190. */
const LIMITS: TileLimits = { onePiece: FINE * FINE, longest: 960 };
/** Sides of an input are multiples of this. */
const STEP = 32;

/** Sides of the views, in pixels; multiples of 32. */
const VIEW_SIDE: Readonly<Record<Detail, number>> = { FACE: 64, CLOSE: 96, GLANCE: 64, WHOLE: 320 };
/** The glance at an image that is not small. */
const LARGE_GLANCE = 128;
/** Pixels of views that go through the net together: enough to spread the cost of a call, little enough to stay in cache. */
const MAX_BATCH_PIXELS = 320 * 320;
/** What scores less in a view is not worth decoding. */
const LEAST_SCORE = 0.15;

/**
 * YuNet at its small size for small images; for larger ones one coarse look for the faces that fill the image and a fine
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
    this.scores = {
      candidate: 0.2,
      glance: 0.5,
      seen: settings.scoreThreshold,
      likely: 0.65,
      sure: 0.85,
      clear: 0.88,
      lead: 0.03,
    };
  }

  async detect(pyramid: ImagePyramid): Promise<Detection[]> {
    const { image } = pyramid;
    const longest = Math.max(image.width, image.height);
    const looks = looksAt(longest);
    const found: Detection[] = [];
    for (const look of looks) {
      const least = look === looks.at(-1) ? 0 : (LEAST_COARSE * longest) / look;
      for (const tile of planTiles(image, look / longest, STEP, LIMITS)) {
        const seen = await this.#look(pyramid, tile);
        found.push(...seen.filter(({ box }) => Math.max(box.width, box.height) >= least));
      }
    }
    return suppress(found, this.#settings.maxOverlap);
  }

  async #look(pyramid: ImagePyramid, tile: Tile): Promise<Detection[]> {
    const { window, width, height } = tile;
    const heads = await withInput(width * height * 3, (data) => {
      resampleInto(pyramid, window, width, height, this.#settings.input, data);
      return this.#run(data, 1, width, height);
    });
    return fromTile(decodeYunet(heads, width, height, this.scores.candidate), tile, pyramid.image);
  }

  async lookAround(
    pyramid: ImagePyramid,
    regions: readonly Region[],
    quarters: readonly Quarter[],
    detail: Detail,
  ): Promise<Detection[][]> {
    if (regions.length === 0) return [];
    const isLarge = detail === 'GLANCE' && regions[0]!.width > SMALL_IMAGE;
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
    const heads = await withInput(batch * viewLength, async (data) => {
      await withInput(viewLength, (pixels) => {
        regions.forEach((region, i) => {
          const view = viewRegion(pyramid, region, side, pixels);
          quarters.forEach((quarter, k) => {
            writeView(view, quarter, input, data, (i * quarters.length + k) * viewLength);
          });
        });
      });
      return this.#run(data, batch, side, side);
    });
    return regions.map((region, i) =>
      quarters.flatMap((quarter, k) => {
        const one = sliceHeads(heads, i * quarters.length + k, batch);
        const turned = { ...region, roll: region.roll + 90 * quarter };
        return decodeYunet(one, side, side, LEAST_SCORE).map((seen) => fromView(seen, turned, side));
      }),
    );
  }

  async #run(data: Float32Array, batch: number, width: number, height: number): Promise<YunetHeads> {
    const outputs = await this.#net.run({ data, shape: inputShape(this.#settings.input, batch, width, height) });
    return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, tensor.data]));
  }
}

/** Longest sides, in pixels, at which an image is looked at. */
function looksAt(longest: number): number[] {
  if (longest <= SMALL_IMAGE) return [COARSE];
  const fine = Math.max(longest * FINE_SCALE, Math.min(FINE, Math.max(2 * COARSE, longest)));
  return fine > FINE ? [COARSE, fine * BETWEEN, fine] : [COARSE, fine];
}

/** The heads of one image of a batch. */
function sliceHeads(heads: YunetHeads, index: number, batch: number): YunetHeads {
  return Object.fromEntries(
    Object.entries(heads).map(([name, data]) => {
      const length = data.length / batch;
      return [name, data.subarray(index * length, (index + 1) * length)];
    }),
  );
}
