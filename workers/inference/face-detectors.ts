import { BLAZEFACE_SIZE, decodeBlazeface } from '../pipeline/blazeface';
import { liesWithin, suppress, type Detection } from '../pipeline/detection';
import type { ImagePyramid, PixelBox } from '../pipeline/image';
import { resampleInto } from '../pipeline/resample';
import { inputShape } from '../pipeline/tensor-input';
import { decodeYunet } from '../pipeline/yunet';
import type { PackManifest } from './pack-manifest';
import type { Net, Tensor } from './runtime';

/** Finds every face of a picture. */
export interface FaceDetector {
  detect(pyramid: ImagePyramid): Promise<Detection[]>;
}

type DetectorSettings = PackManifest['detector'];

/** Longest side, in pixels, up to which one look at 320 px sees every face that is worth seeing (LFW's 250 px pictures among them). */
const SMALL_PICTURE = 400;
const COARSE = 320;
/** Longest side of the fine look: faces down to about 12 px of it are found. */
const FINE = 1600;

/**
 * YuNet at its small size for small pictures; for larger ones one coarse look for the faces that fill the picture and a fine
 * one for the small.
 */
export class YunetDetector implements FaceDetector {
  readonly #net: Net;
  readonly #settings: DetectorSettings;

  constructor(net: Net, settings: DetectorSettings) {
    this.#net = net;
    this.#settings = settings;
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
    const { input, scoreThreshold } = this.#settings;
    const data = new Float32Array(inputWidth * inputHeight * 3);
    resampleInto(pyramid, { x: 0, y: 0, width, height }, inputWidth, inputHeight, input, data);
    const outputs = await this.#net.run({ data, shape: inputShape(input, 1, inputWidth, inputHeight) });
    const heads = Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, tensor.data]));
    return decodeYunet(heads, inputWidth, inputHeight, width / inputWidth, height / inputHeight, scoreThreshold);
  }
}

/**
 * BlazeFace sees faces down to about a tenth of its window, so that a picture is also looked at in tiles of a half and a
 * quarter of its longest side: faces down to a fortieth of it are found. Never in tiles smaller than the net's own input:
 * enlarging shows nothing new.
 */
const TILE_DIVISORS = [2, 4] as const;

/** With dozens of windows there are dozens of chances to see a face in a curtain: a tiled picture needs a surer score. */
const TILED_SCORE = 0.6;

/** What comes this near to the edge of a tile, as a part of its side, may be a piece of a face that another window shows whole. */
const EDGE = 0.04;

/** BlazeFace on the whole picture, and on overlapping tiles of a large one, where the small faces are. */
export class BlazefaceDetector implements FaceDetector {
  readonly #net: Net;
  readonly #settings: DetectorSettings;

  constructor(net: Net, settings: DetectorSettings) {
    this.#net = net;
    this.#settings = settings;
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
    const outputs = Object.values(
      await this.#net.run({ data, shape: inputShape(input, 1, BLAZEFACE_SIZE, BLAZEFACE_SIZE) }),
    );
    const pick = (length: number): Float32Array =>
      outputs.find((tensor: Tensor) => tensor.data.length === length)!.data;
    const found = decodeBlazeface(
      [pick(512), pick(384)],
      [pick(512 * 16), pick(384 * 16)],
      window.x,
      window.y,
      window.width,
      minScore,
    );
    const { width, height } = pyramid.image;
    const picture = { x: 0, y: 0, width, height };
    return found.filter(({ box }) => liesWithin(box, window, picture, window.width * EDGE));
  }
}

/** Starts of tiles that cover `length` with an overlap of at least a third. */
function starts(length: number, tile: number): number[] {
  if (length <= tile) return [(length - tile) / 2];
  const count = Math.ceil((length - tile) / ((tile * 2) / 3)) + 1;
  return Array.from({ length: count }, (_, i) => ((length - tile) * i) / (count - 1));
}
