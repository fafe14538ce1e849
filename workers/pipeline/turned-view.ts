import type { Detection } from './detection';
import type { ImagePyramid, PixelBox } from './image';
import { planChannels, type InputFormat } from './tensor-input';

/** A rectangle of an image that may be turned. In pixels of the image; what lies outside it repeats its border. */
export interface Region {
  /** Of the centre, as is `y`. */
  readonly x: number;
  readonly y: number;
  /** Along the region's own axes, as is `height`. */
  readonly width: number;
  readonly height: number;
  /** Degrees clockwise by which the region is turned in the image: a face of this roll stands upright in it. */
  readonly roll: number;
}

/** Turns by 90 degrees clockwise. */
export type Quarter = 0 | 1 | 2 | 3;

/** What a region shows, stretched to `size` x `size`, interleaved R G B, 0-255. */
export interface View {
  readonly data: Float32Array;
  readonly size: number;
}

const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** The difference between two angles in degrees, -180 to 180. */
export const turnBetween = (from: number, to: number): number => {
  const turn = (((to - from) % 360) + 540) % 360;
  return turn - 180;
};

/** What a box covers when it is turned about its centre. */
export const regionOf = ({ x, y, width, height }: PixelBox, roll: number): Region => ({
  x: x + width / 2,
  y: y + height / 2,
  width,
  height,
  roll,
});

/**
 * Looks at a region through `size` x `size` pixels, by bilinear sampling.
 *
 * @param data what the view is written to, `size * size * 3` numbers: by default an array of its own.
 */
export function viewRegion(
  pyramid: ImagePyramid,
  region: Region,
  size: number,
  data: Float32Array = new Float32Array(size * size * 3),
): View {
  const level = pyramid.levelFor(Math.min(region.width, region.height) / size);
  const { data: source, width, height } = level.image;
  const cos = Math.cos(radians(region.roll)) * level.scaleX;
  const sin = Math.sin(radians(region.roll)) * level.scaleX;
  const [acrossX, acrossY] = [(region.width / size) * cos, (region.width / size) * sin];
  const [downX, downY] = [(region.height / size) * -sin, (region.height / size) * cos];
  // The centre of the view's first pixel, in pixels of the level whose own centres lie at whole numbers.
  const half = (size - 1) / 2;
  const startX = region.x * level.scaleX - 0.5 - (acrossX + downX) * half;
  const startY = region.y * level.scaleY - 0.5 - (acrossY + downY) * half;
  const stride = width * 3;
  const lastX = width - 1;
  const lastY = height - 1;
  let to = 0;
  for (let row = 0; row < size; row++) {
    let sx = startX + downX * row;
    let sy = startY + downY * row;
    for (let column = 0; column < size; column++, sx += acrossX, sy += acrossY, to += 3) {
      const x = sx < 0 ? 0 : sx > lastX ? lastX : sx;
      const y = sy < 0 ? 0 : sy > lastY ? lastY : sy;
      const left = x | 0;
      const top = y | 0;
      const wx = x - left;
      const wy = y - top;
      const at = top * stride + left * 3;
      const right = left < lastX ? 3 : 0;
      const below = at + (top < lastY ? stride : 0);
      for (let c = 0; c < 3; c++) {
        const above = source[at + c]! + (source[at + right + c]! - source[at + c]!) * wx;
        const under = source[below + c]! + (source[below + right + c]! - source[below + c]!) * wx;
        data[to + c] = above + (under - above) * wy;
      }
    }
  }
  return { data, size };
}

/** Where a view is a tile: its corner in a square input of `side` pixels. */
export interface Tile {
  readonly x: number;
  readonly y: number;
  readonly side: number;
}

/**
 * Writes a view, turned back by `quarter` turns (what lies turned by so many in it comes upright), into a net's input, which
 * begins at `offset`. By default the view is the whole input.
 */
export function writeView(
  { size, data }: View,
  quarter: Quarter,
  format: InputFormat,
  into: Float32Array,
  offset: number,
  tile: Tile = { x: 0, y: 0, side: size },
): void {
  const { step, channels } = planChannels(format, tile.side * tile.side);
  const last = size - 1;
  // The view's pixel that is written first, and the way in the view from one column, and one row, to the next.
  const [first, across, down] = (
    [
      [0, 1, size],
      [last, size, -1],
      [last * size + last, -1, -size],
      [last * size, -size, 1],
    ] as const
  )[quarter];
  for (let c = 0; c < 3; c++) {
    const { offset: channelOffset, mean, factor } = channels[c]!;
    for (let row = 0; row < size; row++) {
      let to = offset + channelOffset + ((tile.y + row) * tile.side + tile.x) * step;
      let from = 3 * (first + row * down) + c;
      for (let column = 0; column < size; column++, from += 3 * across, to += step) {
        into[to] = (data[from]! - mean) * factor;
      }
    }
  }
}

/** Where a point of what a region shows, as parts of its width and height (0 to 1), lies in the image. */
export function toImage(region: Region, partX: number, partY: number): [number, number] {
  return placer(region)(partX, partY);
}

/** {@link toImage} of many points of one region. */
function placer({ x, y, width, height, roll }: Region): (partX: number, partY: number) => [number, number] {
  const cos = Math.cos(radians(roll));
  const sin = Math.sin(radians(roll));
  return (partX, partY) => {
    const dx = (partX - 0.5) * width;
    const dy = (partY - 0.5) * height;
    return [x + cos * dx - sin * dy, y + sin * dx + cos * dy];
  };
}

/** The reverse: where a point of the image lies in a region, as parts of its width and height. */
export function toRegion({ x, y, width, height, roll }: Region, imageX: number, imageY: number): [number, number] {
  const dx = imageX - x;
  const dy = imageY - y;
  const cos = Math.cos(radians(roll));
  const sin = Math.sin(radians(roll));
  return [(cos * dx + sin * dy) / width + 0.5, (cos * dy - sin * dx) / height + 0.5];
}

/**
 * A detection in a view of a square region, brought into the image.
 *
 * @param size of the view in pixels; `left` and `top` are those of its corner where it is a tile of a mosaic.
 */
export function fromView(
  { box, score, points }: Detection,
  region: Region,
  size: number,
  left = 0,
  top = 0,
): Detection {
  const scale = region.width / size;
  const toPlace = placer(region);
  const place = (x: number, y: number): [number, number] => toPlace((x - left) / size, (y - top) / size);
  const [x, y] = place(box.x + box.width / 2, box.y + box.height / 2);
  const [width, height] = [box.width * scale, box.height * scale];
  const moved: number[] = [];
  for (let i = 0; points !== undefined && i < points.length; i += 2) moved.push(...place(points[i]!, points[i + 1]!));
  return {
    box: { x: x - width / 2, y: y - height / 2, width, height },
    roll: region.roll,
    score,
    ...(points === undefined ? {} : { points: moved }),
  };
}
