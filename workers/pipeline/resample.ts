import type { ImagePyramid, PixelBox } from './image';
import { planChannels, type InputFormat } from './tensor-input';

/** Indices and weights of the two source pixels that make each output pixel of one axis; outside the image the border repeats. */
function axis(
  start: number,
  length: number,
  out: number,
  size: number,
): { low: Int32Array; high: Int32Array; weight: Float32Array } {
  const low = new Int32Array(out);
  const high = new Int32Array(out);
  const weight = new Float32Array(out);
  const step = length / out;
  for (let i = 0; i < out; i++) {
    const position = start + (i + 0.5) * step - 0.5;
    const floor = Math.floor(position);
    low[i] = Math.max(0, Math.min(size - 1, floor));
    high[i] = Math.max(0, Math.min(size - 1, floor + 1));
    weight[i] = position - floor;
  }
  return { low, high, weight };
}

/** One row of an image stretched to `width`: all red, then all green, then all blue. */
function stretchRow(data: Uint8Array, row: number, xs: ReturnType<typeof axis>, into: Float32Array): void {
  const { low, high, weight } = xs;
  const width = low.length;
  for (let x = 0; x < width; x++) {
    const left = row + low[x]! * 3;
    const right = row + high[x]! * 3;
    const w = weight[x]!;
    const red = data[left]!;
    const green = data[left + 1]!;
    const blue = data[left + 2]!;
    into[x] = red + (data[right]! - red) * w;
    into[width + x] = green + (data[right + 1]! - green) * w;
    into[2 * width + x] = blue + (data[right + 2]! - blue) * w;
  }
}

/**
 * Stretches a box of an image to `width` x `height` by bilinear sampling (pixel centres aligned, border repeated) straight
 * into a net's input.
 *
 * @param into receives `width * height * 3` floats at `offset`, laid out and normalised as `format` says.
 */
export function resampleInto(
  pyramid: ImagePyramid,
  box: PixelBox,
  width: number,
  height: number,
  format: InputFormat,
  into: Float32Array,
  offset = 0,
): void {
  const level = pyramid.levelFor(Math.min(box.width / width, box.height / height));
  const { data, width: sourceWidth, height: sourceHeight } = level.image;
  const xs = axis(box.x * level.scaleX, box.width * level.scaleX, width, sourceWidth);
  const ys = axis(box.y * level.scaleY, box.height * level.scaleY, height, sourceHeight);
  const { step, channels } = planChannels(format, width * height);
  // Across first, down second: each source row is stretched once, however many output rows it serves.
  let above = new Float32Array(width * 3);
  let below = new Float32Array(width * 3);
  let aboveRow = -1;
  let belowRow = -1;
  for (let y = 0; y < height; y++) {
    const top = ys.low[y]!;
    const bottom = ys.high[y]!;
    if (top !== aboveRow) {
      if (top === belowRow) {
        [above, below] = [below, above];
        [aboveRow, belowRow] = [belowRow, aboveRow];
      } else {
        stretchRow(data, top * sourceWidth * 3, xs, above);
        aboveRow = top;
      }
    }
    if (bottom !== belowRow) {
      stretchRow(data, bottom * sourceWidth * 3, xs, below);
      belowRow = bottom;
    }
    const w = ys.weight[y]!;
    for (let c = 0; c < 3; c++) {
      const { offset: channelOffset, mean, factor } = channels[c]!;
      let to = offset + channelOffset + y * width * step;
      for (let x = c * width, end = x + width; x < end; x++, to += step) {
        const value = above[x]!;
        into[to] = (value + (below[x]! - value) * w - mean) * factor;
      }
    }
  }
}
