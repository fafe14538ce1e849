import { liesWithin, type Detection } from './detection';
import type { PixelBox } from './image';

/** A part of an image, and the size at which a net is shown it. */
export interface Tile {
  /** In pixels of the image. */
  readonly window: PixelBox;
  /** Pixels of the net's input. */
  readonly width: number;
  readonly height: number;
}

/** What a net is shown at once, in pixels of its input: what it keeps of a look grows with it, and never gets less (docs/benchmarks.md#memory). */
export interface TileLimits {
  /** A look of at most so many pixels is in one piece. */
  readonly onePiece: number;
  /** Longest side of a tile. */
  readonly longest: number;
}

/** Tiles share so many pixels of the input: whatever is smaller lies whole in one of them. */
const SHARED = 128;
/** What comes this near to the edge of a tile may be a piece of something. */
const EDGE = 8;

/** Starts, and the one length, of the parts in which a length is looked at. All are multiples of `step` or lie within the length. */
function cut(total: number, longest: number, step: number): { starts: readonly number[]; length: number } {
  const count = total <= longest ? 1 : Math.ceil((total - SHARED) / (longest - SHARED));
  const length = Math.ceil((total + (count - 1) * SHARED) / count / step) * step;
  const starts = Array.from({ length: count }, (_, i) => Math.round(((total - length) * i) / Math.max(1, count - 1)));
  return { starts, length };
}

/**
 * Plans a look at a whole image: in one piece where that is small, else in tiles that overlap, all of one size.
 *
 * @param scale pixels of the input per pixel of the image.
 * @param step of which the sides of an input are multiples.
 */
export function planTiles(
  image: { width: number; height: number },
  scale: number,
  step: number,
  { onePiece, longest }: TileLimits,
): Tile[] {
  const toStep = (side: number): number => Math.max(step, Math.round((side * scale) / step) * step);
  const [width, height] = [toStep(image.width), toStep(image.height)];
  const [scaleX, scaleY] = [image.width / width, image.height / height];
  const isOne = width * height <= onePiece;
  const across = isOne ? { starts: [0], length: width } : cut(width, longest, step);
  const down = isOne ? { starts: [0], length: height } : cut(height, longest, step);
  return down.starts.flatMap((y) =>
    across.starts.map((x) => ({
      window: { x: x * scaleX, y: y * scaleY, width: across.length * scaleX, height: down.length * scaleY },
      width: across.length,
      height: down.length,
    })),
  );
}

/**
 * What was seen in a tile, in pixels of the image.
 *
 * @param seen in pixels of the input.
 */
export function fromTile(
  seen: readonly Detection[],
  { window, width, height }: Tile,
  image: { width: number; height: number },
): Detection[] {
  const [scaleX, scaleY] = [window.width / width, window.height / height];
  const toX = (x: number): number => window.x + x * scaleX;
  const toY = (y: number): number => window.y + y * scaleY;
  // Half a pixel less, for the rounding of the last tile's edge.
  const whole = { x: 0, y: 0, width: image.width - 0.5, height: image.height - 0.5 };
  return seen
    .map(({ box, points, ...rest }) => ({
      ...rest,
      box: { x: toX(box.x), y: toY(box.y), width: box.width * scaleX, height: box.height * scaleY },
      ...(points && { points: points.map((value, i) => (i % 2 === 0 ? toX(value) : toY(value))) }),
    }))
    .filter(({ box }) => liesWithin(box, window, whole, EDGE * scaleX));
}
