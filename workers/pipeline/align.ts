import type { FivePoints } from './detection';
import type { ImagePyramid } from './image';
import { planChannels, type InputFormat } from './tensor-input';

/** x' = a x - b y + tx, y' = b x + a y + ty: rotation, uniform scale and shift, no reflection. */
export interface SimilarityTransform {
  readonly a: number;
  readonly b: number;
  readonly tx: number;
  readonly ty: number;
}

/**
 * The least-squares similarity that takes `from` to `to`: the two-dimensional case of S. Umeyama, "Least-squares estimation
 * of transformation parameters between two point patterns" (1991), in closed form.
 *
 * @throws RangeError when all points of `from` coincide.
 */
export function fitSimilarity(from: FivePoints, to: FivePoints): SimilarityTransform {
  const n = from.length / 2;
  let fx = 0;
  let fy = 0;
  let gx = 0;
  let gy = 0;
  for (let i = 0; i < n; i++) {
    fx += from[2 * i]! / n;
    fy += from[2 * i + 1]! / n;
    gx += to[2 * i]! / n;
    gy += to[2 * i + 1]! / n;
  }
  let dot = 0;
  let cross = 0;
  let variance = 0;
  for (let i = 0; i < n; i++) {
    const px = from[2 * i]! - fx;
    const py = from[2 * i + 1]! - fy;
    const qx = to[2 * i]! - gx;
    const qy = to[2 * i + 1]! - gy;
    dot += px * qx + py * qy;
    cross += px * qy - py * qx;
    variance += px * px + py * py;
  }
  if (!(variance > 1e-9)) throw new RangeError('The points of a face coincide');
  const a = dot / variance;
  const b = cross / variance;
  return { a, b, tx: gx - a * fx + b * fy, ty: gy - b * fx - a * fy };
}

/** The inverse transform. */
export function invert({ a, b, tx, ty }: SimilarityTransform): SimilarityTransform {
  const squared = a * a + b * b;
  const ia = a / squared;
  const ib = -b / squared;
  return { a: ia, b: ib, tx: -(ia * tx - ib * ty), ty: -(ib * tx + ia * ty) };
}

export function applyTransform({ a, b, tx, ty }: SimilarityTransform, x: number, y: number): [x: number, y: number] {
  return [a * x - b * y + tx, b * x + a * y + ty];
}

/** A template of five points scaled about the chip's centre: more than 1 brings the face closer. */
export function scaleTemplate(template: FivePoints, size: number, scale: number): number[] {
  return template.map((value) => (value - size / 2) * scale + size / 2);
}

/** The aligned face as the embedder sees it: `size` x `size` floats 0-255, interleaved R G B. */
export interface FaceChip {
  readonly data: Float32Array;
  readonly size: number;
}

/** Cuts the aligned face out of an image: its five points come to lie on the template's as nearly as a similarity can. */
export function warpFace(pyramid: ImagePyramid, points: FivePoints, template: FivePoints, size: number): FaceChip {
  return warpImage(pyramid, fitSimilarity(points, template), size);
}

/** Moves an image by a transform and cuts out `size` x `size`, by bilinear sampling; what lies outside the image is black. */
export function warpImage(pyramid: ImagePyramid, transform: SimilarityTransform, size: number): FaceChip {
  const back = invert(transform);
  const level = pyramid.levelFor(Math.hypot(back.a, back.b));
  const { data: source, width, height } = level.image;
  // A pixel's centre is at (x + 0.5) in the image whatever the level, hence the shift by half a pixel each way.
  const a = back.a * level.scaleX;
  const b = back.b * level.scaleX;
  const tx = (back.tx + 0.5) * level.scaleX - 0.5;
  const ty = (back.ty + 0.5) * level.scaleY - 0.5;
  const data = new Float32Array(size * size * 3);
  const stride = width * 3;
  const lastX = width - 1;
  const lastY = height - 1;
  let to = 0;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++, to += 3) {
      const sx = a * x - b * y + tx;
      const sy = b * x + a * y + ty;
      const left = Math.floor(sx);
      const top = Math.floor(sy);
      if (left < -1 || top < -1 || left >= width || top >= height) continue;
      const wx = sx - left;
      const wy = sy - top;
      const at = top * stride + left * 3;
      // Nearly every pixel has four neighbours: no need to ask for each of them.
      if (left >= 0 && top >= 0 && left < lastX && top < lastY) {
        const w00 = (1 - wx) * (1 - wy);
        const w10 = wx * (1 - wy);
        const w01 = (1 - wx) * wy;
        const w11 = wx * wy;
        const under = at + stride;
        data[to] = w00 * source[at]! + w10 * source[at + 3]! + w01 * source[under]! + w11 * source[under + 3]!;
        data[to + 1] =
          w00 * source[at + 1]! + w10 * source[at + 4]! + w01 * source[under + 1]! + w11 * source[under + 4]!;
        data[to + 2] =
          w00 * source[at + 2]! + w10 * source[at + 5]! + w01 * source[under + 2]! + w11 * source[under + 5]!;
        continue;
      }
      const w00 = left >= 0 && top >= 0 ? (1 - wx) * (1 - wy) : 0;
      const w10 = left + 1 < width && top >= 0 ? wx * (1 - wy) : 0;
      const w01 = left >= 0 && top + 1 < height ? (1 - wx) * wy : 0;
      const w11 = left + 1 < width && top + 1 < height ? wx * wy : 0;
      for (let c = 0; c < 3; c++) {
        let value = 0;
        if (w00 > 0) value += w00 * source[at + c]!;
        if (w10 > 0) value += w10 * source[at + 3 + c]!;
        if (w01 > 0) value += w01 * source[at + stride + c]!;
        if (w11 > 0) value += w11 * source[at + stride + 3 + c]!;
        data[to + c] = value;
      }
    }
  }
  return { data, size };
}

/** Writes a chip into a net's input at `offset`, mirrored left to right when `mirrored`. */
export function writeChip(
  chip: FaceChip,
  format: InputFormat,
  into: Float32Array,
  offset: number,
  mirrored = false,
): void {
  const { size, data } = chip;
  const { step, channels } = planChannels(format, size * size);
  for (let c = 0; c < 3; c++) {
    const { offset: channelOffset, mean, factor } = channels[c]!;
    let to = offset + channelOffset;
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++, to += step) {
        const column = mirrored ? size - 1 - x : x;
        into[to] = (data[(y * size + column) * 3 + c]! - mean) * factor;
      }
    }
  }
}
