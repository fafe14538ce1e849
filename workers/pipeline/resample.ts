import type { ImagePyramid, PixelBox } from './image';
import { planChannels, type InputFormat } from './tensor-input';

/** Indices and weights of the two source pixels that make each output pixel of one axis; outside the picture the border repeats. */
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

/**
 * Stretches a box of a picture to `width` x `height` by bilinear sampling (pixel centres aligned, border repeated) straight
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
  for (let c = 0; c < 3; c++) {
    const { offset: channelOffset, mean, factor } = channels[c]!;
    let to = offset + channelOffset;
    for (let y = 0; y < height; y++) {
      const top = ys.low[y]! * sourceWidth;
      const bottom = ys.high[y]! * sourceWidth;
      const wy = ys.weight[y]!;
      for (let x = 0; x < width; x++, to += step) {
        const left = xs.low[x]!;
        const right = xs.high[x]!;
        const wx = xs.weight[x]!;
        const a = data[(top + left) * 3 + c]!;
        const b = data[(bottom + left) * 3 + c]!;
        const above = a + (data[(top + right) * 3 + c]! - a) * wx;
        const below = b + (data[(bottom + right) * 3 + c]! - b) * wx;
        into[to] = (above + (below - above) * wy - mean) * factor;
      }
    }
  }
}
