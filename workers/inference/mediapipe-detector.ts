import { countAnchors, decodeAnchored, FULL_RANGE, SHORT_RANGE, type AnchorGrid } from '../pipeline/anchored-faces';
import { suppress, type Detection } from '../pipeline/detection';
import type { ImagePyramid } from '../pipeline/image';
import { rollOf } from '../pipeline/pose';
import { resampleInto } from '../pipeline/resample';
import { inputShape } from '../pipeline/tensor-input';
import { fromTile, planTiles, type Tile, type TileLimits } from '../pipeline/tiles';
import { fromView, viewRegion, writeView, type Quarter, type Region } from '../pipeline/turned-view';
import type { Detail, DetectorScores, FaceDetector } from './face-detector';
import { withInput } from './input-buffers';
import type { PackManifest } from './pack-manifest';
import type { Net } from './runtime';

type DetectorSettings = PackManifest['detector'];

/** Side of the short-range net's look at the whole image, and what that shows beside the image: a face that fills it is found too. */
const COARSE = 128;
const ROOM = 1.5;
/** Longest side, in pixels, up to which the look at the whole image sees every face of 56 px. */
const SMALL_IMAGE = 280;
/** The full-range net sees faces from about 12 px: at half size those of 24 px, and of 56 px at 8,000 px a side. */
const FINE_SCALE = 0.5;
const LEAST_FINE = 192;
/** A tile takes some 70 MB of a thread, a look in one piece up to 150; larger ones cost more time a pixel, too. */
const LIMITS: TileLimits = { onePiece: 700_000, longest: 640 };
/** Beside a look in tiles another, so much smaller, shows whole what may not lie whole in any tile. */
const BETWEEN = 0.25;
/** What is smaller in that look, in pixels, is left to the fine one: its place is a guess. */
const LEAST_BETWEEN = 16;
/** Both nets halve their input five times. */
const STEP = 32;

/** Sides of the views, in pixels. */
const VIEW_SIDE: Readonly<Record<Detail, number>> = { FACE: 64, CLOSE: 96, GLANCE: 80, WHOLE: COARSE };
/** A closer look shows so much more than is asked for: with hair and neck the half turn is told better (docs/adr/0014-default-pack-version-2.md). */
const CLOSE_ROOM = 1.2;
/** Degrees up to which a face counts as upright in the image: what its points say of a profile's roll may be as far off. */
const UPRIGHT = 50;
/** What scores less in a view is not worth decoding. */
const LEAST_SCORE = 0.05;

/**
 * MediaPipe's two face detectors: the short-range one sees each face that fills a fifth of an image and more, profiles too,
 * and judges faces closely; the full-range one finds the small faces of larger images. Their points tell a face's roll but
 * for half a turn, so that upright and upside down are all that is left to compare.
 */
export class MediapipeDetector implements FaceDetector {
  readonly quarters = [0, 2] as const;
  readonly isDeafToTurned = true;
  readonly scores: DetectorScores;
  readonly #short: Net;
  readonly #full: Net;
  readonly #settings: DetectorSettings;

  constructor(short: Net, full: Net, settings: DetectorSettings) {
    this.#short = short;
    this.#full = full;
    this.#settings = settings;
    this.scores = {
      candidate: 0.25,
      glance: 0.25,
      clear: 0,
      lead: 0,
      sure: 0.65,
      seen: settings.scoreThreshold,
      likely: 0.4,
    };
  }

  async detect(pyramid: ImagePyramid): Promise<Detection[]> {
    const { width, height } = pyramid.image;
    const longest = Math.max(width, height);
    const side = longest * ROOM;
    const window = { x: (width - side) / 2, y: (height - side) / 2, width: side, height: side };
    const coarse = { window, width: COARSE, height: COARSE };
    const found = await this.#look(pyramid, coarse, this.#short, SHORT_RANGE);
    if (longest > SMALL_IMAGE) {
      const scale = Math.max(LEAST_FINE / longest, FINE_SCALE);
      const tiles = planTiles(pyramid.image, scale, STEP, LIMITS);
      found.push(...(await this.#lookAtAll(pyramid, tiles)));
      if (tiles.length > 1) {
        const between = planTiles(pyramid.image, scale * BETWEEN, STEP, LIMITS);
        const least = LEAST_BETWEEN / (scale * BETWEEN);
        const seen = await this.#lookAtAll(pyramid, between);
        found.push(...seen.filter(({ box }) => Math.max(box.width, box.height) >= least));
      }
    }
    return suppress(found, this.#settings.maxOverlap, 1).map((one) => {
      const roll = rollOf(one.points!);
      return { ...one, roll: Math.abs(roll) <= UPRIGHT ? 0 : roll };
    });
  }

  async #lookAtAll(pyramid: ImagePyramid, tiles: readonly Tile[]): Promise<Detection[]> {
    const found: Detection[] = [];
    for (const tile of tiles) found.push(...(await this.#look(pyramid, tile, this.#full, FULL_RANGE)));
    return found;
  }

  async #look(pyramid: ImagePyramid, tile: Tile, net: Net, grids: readonly AnchorGrid[]): Promise<Detection[]> {
    const { window, width, height } = tile;
    const { input } = this.#settings;
    const [seen] = await withInput(width * height * 3, (data) => {
      resampleInto(pyramid, window, width, height, input, data);
      return this.#run(net, grids, data, 1, width, height, this.scores.candidate);
    });
    return fromTile(seen!, tile, pyramid.image);
  }

  async lookAround(
    pyramid: ImagePyramid,
    regions: readonly Region[],
    quarters: readonly Quarter[],
    detail: Detail,
  ): Promise<Detection[][]> {
    const side = VIEW_SIDE[detail];
    const { input } = this.#settings;
    const viewLength = side * side * 3;
    const found: Detection[][] = [];
    for (const region of regions) {
      const isClose = detail === 'FACE' || detail === 'CLOSE';
      const room = isClose ? CLOSE_ROOM : 1;
      const shown = { ...region, width: region.width * room, height: region.height * room };
      const seen = await withInput(quarters.length * viewLength, async (data) => {
        await withInput(viewLength, (pixels) => {
          const view = viewRegion(pyramid, shown, side, pixels);
          quarters.forEach((quarter, k) => writeView(view, quarter, input, data, k * viewLength));
        });
        return this.#run(this.#short, SHORT_RANGE, data, quarters.length, side, side, LEAST_SCORE);
      });
      found.push(
        quarters.flatMap((quarter, k) =>
          seen[k]!.map((one) => {
            const placed = fromView(one, { ...shown, roll: region.roll + 90 * quarter }, side);
            return isClose ? placed : { ...placed, roll: rollOf(placed.points!) };
          }),
        ),
      );
    }
    return found;
  }

  /** What is seen in each image of a batch, in pixels of the input. */
  async #run(
    net: Net,
    grids: readonly AnchorGrid[],
    data: Float32Array,
    batch: number,
    width: number,
    height: number,
    minScore: number,
  ): Promise<Detection[][]> {
    const outputs = Object.values(
      await net.run({ data, shape: inputShape(this.#settings.input, batch, width, height) }),
    );
    const anchors = countAnchors(grids, width, height);
    const logits = outputs.find((tensor) => tensor.data.length === anchors * batch)!.data;
    const boxes = outputs.find((tensor) => tensor.data.length === anchors * batch * 16)!.data;
    return Array.from({ length: batch }, (_, i) => {
      const heads = {
        logits: logits.subarray(i * anchors, (i + 1) * anchors),
        boxes: boxes.subarray(i * anchors * 16, (i + 1) * anchors * 16),
      };
      return decodeAnchored(heads, grids, width, height, minScore);
    });
  }
}
