import { BLAZEFACE_SIZE, decodeBlazeface } from '../pipeline/blazeface';
import { liesWithin, suppress, type Detection } from '../pipeline/detection';
import type { ImagePyramid, PixelBox } from '../pipeline/image';
import { resampleInto } from '../pipeline/resample';
import { inputShape } from '../pipeline/tensor-input';
import { fromView, viewRegion, writeView, type Quarter, type Region } from '../pipeline/turned-view';
import type { Detail, DetectorScores, FaceDetector } from './face-detector';
import type { PackManifest } from './pack-manifest';
import type { Net, Tensor } from './runtime';

type DetectorSettings = PackManifest['detector'];

/**
 * BlazeFace sees faces down to about a tenth of its window, so that an image is also looked at in tiles of a half and a
 * quarter of its longest side: faces down to a fortieth of it are found. Never in tiles smaller than the net's own input:
 * enlarging shows nothing new.
 */
const TILE_DIVISORS = [2, 4] as const;

/** With dozens of windows there are dozens of chances to see a face in a curtain: a tiled image needs a surer score. */
const TILED_SCORE = 0.6;

/** What comes this near to the edge of a tile, as a part of its side, may be a piece of a face that another window shows whole. */
const EDGE = 0.04;

/** BlazeFace on the whole image, and on overlapping tiles of a large one, where the small faces are. */
export class BlazefaceDetector implements FaceDetector {
  readonly quarters = [0, 1, 2, 3] as const;
  readonly isDeafToTurned = false;
  readonly scores: DetectorScores;
  readonly #net: Net;
  readonly #settings: DetectorSettings;

  constructor(net: Net, settings: DetectorSettings) {
    this.#net = net;
    this.#settings = settings;
    const { scoreThreshold } = settings;
    this.scores = { candidate: scoreThreshold, glance: 0.5, seen: 0.5, likely: 0.6, sure: 0.8, clear: 0.88, lead: 0 };
  }

  async detect(pyramid: ImagePyramid): Promise<Detection[]> {
    const found: Detection[] = [];
    const windows = this.#windows(pyramid.image.width, pyramid.image.height);
    const { scoreThreshold } = this.#settings;
    const minScore = windows.length > 1 ? Math.max(TILED_SCORE, scoreThreshold) : scoreThreshold;
    for (const window of windows) found.push(...(await this.#look(pyramid, window, minScore)));
    return suppress(found, this.#settings.maxOverlap);
  }

  #windows(width: number, height: number): PixelBox[] {
    const side = Math.max(width, height);
    const windows = [{ x: (width - side) / 2, y: (height - side) / 2, width: side, height: side }];
    for (const divisor of TILE_DIVISORS) {
      const tile = side / divisor;
      if (tile < BLAZEFACE_SIZE) continue;
      for (const y of starts(height, tile)) {
        for (const x of starts(width, tile)) windows.push({ x, y, width: tile, height: tile });
      }
    }
    return windows;
  }

  async #look(pyramid: ImagePyramid, window: PixelBox, minScore: number): Promise<Detection[]> {
    const { input } = this.#settings;
    const data = new Float32Array(BLAZEFACE_SIZE * BLAZEFACE_SIZE * 3);
    resampleInto(pyramid, window, BLAZEFACE_SIZE, BLAZEFACE_SIZE, input, data);
    const found = await this.#run(data, minScore, window.x, window.y, window.width);
    const { width, height } = pyramid.image;
    const image = { x: 0, y: 0, width, height };
    return found.filter(({ box }) => liesWithin(box, window, image, window.width * EDGE));
  }

  /** The net takes one image of one size: several views of a region share it as the tiles of a mosaic. */
  async lookAround(
    pyramid: ImagePyramid,
    regions: readonly Region[],
    quarters: readonly Quarter[],
    detail: Detail,
  ): Promise<Detection[][]> {
    const perSide = detail === 'WHOLE' ? 1 : 2;
    const found: Detection[][] = [];
    for (const region of regions) {
      const seen: Detection[] = [];
      for (let i = 0; i < quarters.length; i += perSide * perSide) {
        seen.push(...(await this.#lookAtMosaic(pyramid, region, quarters.slice(i, i + perSide * perSide), perSide)));
      }
      found.push(seen);
    }
    return found;
  }

  async #lookAtMosaic(
    pyramid: ImagePyramid,
    region: Region,
    quarters: readonly Quarter[],
    perSide: number,
  ): Promise<Detection[]> {
    const tile = BLAZEFACE_SIZE / perSide;
    const data = new Float32Array(BLAZEFACE_SIZE * BLAZEFACE_SIZE * 3);
    const view = viewRegion(pyramid, region, tile);
    const cornerOf = (k: number): [number, number] => [(k % perSide) * tile, Math.floor(k / perSide) * tile];
    quarters.forEach((quarter, k) => {
      const [x, y] = cornerOf(k);
      writeView(view, quarter, this.#settings.input, data, 0, { x, y, side: BLAZEFACE_SIZE });
    });
    const seen = await this.#run(data, this.scores.candidate, 0, 0, BLAZEFACE_SIZE);
    return seen.flatMap((one) => {
      const column = Math.floor((one.box.x + one.box.width / 2) / tile);
      const row = Math.floor((one.box.y + one.box.height / 2) / tile);
      const k = row * perSide + column;
      const quarter = column < perSide && row < perSide ? quarters[k] : undefined;
      if (quarter === undefined) return [];
      const [x, y] = cornerOf(k);
      return [fromView(one, { ...region, roll: region.roll + 90 * quarter }, tile, x, y)];
    });
  }

  async #run(data: Float32Array, minScore: number, left: number, top: number, side: number): Promise<Detection[]> {
    const shape = inputShape(this.#settings.input, 1, BLAZEFACE_SIZE, BLAZEFACE_SIZE);
    const outputs = Object.values(await this.#net.run({ data, shape }));
    const pick = (length: number): Float32Array =>
      outputs.find((tensor: Tensor) => tensor.data.length === length)!.data;
    return decodeBlazeface([pick(512), pick(384)], [pick(512 * 16), pick(384 * 16)], left, top, side, minScore);
  }
}

/** Starts of tiles that cover `length` with an overlap of at least a third. */
function starts(length: number, tile: number): number[] {
  if (length <= tile) return [(length - tile) / 2];
  const count = Math.ceil((length - tile) / ((tile * 2) / 3)) + 1;
  return Array.from({ length: count }, (_, i) => ((length - tile) * i) / (count - 1));
}
