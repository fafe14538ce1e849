import type { FaceQuality } from '../../src/domain/geometry';
import { scaleTemplate, warpFace } from './align';
import type { FivePoints } from './detection';
import type { ImagePyramid } from './image';

const SIDE = 96;

/** Where the five points come to lie on the square that quality is measured on: the face without hair and background. */
const TEMPLATE = scaleTemplate([33, 40, 63, 40, 48, 57, 36, 74, 60, 74], SIDE, 1.25);

/** Rec. 601 luma of the aligned face, 96 x 96: the same square whatever the pack, so that its numbers mean the same in each. */
function faceLuma(pyramid: ImagePyramid, points: FivePoints): Float32Array {
  const { data } = warpFace(pyramid, points, TEMPLATE, SIDE);
  const luma = new Float32Array(SIDE * SIDE);
  for (let i = 0; i < luma.length; i++) {
    luma[i] = 0.299 * data[3 * i]! + 0.587 * data[3 * i + 1]! + 0.114 * data[3 * i + 2]!;
  }
  return luma;
}

/**
 * Brightness: mean luma of the face, 0 black to 100 white. Sharpness: the finest detail (mean absolute Laplacian at 96 px a
 * face) relative to the contrast of the face, 0 flat to 100, so that a dim but sharp face is not called blurred.
 */
export function measureQuality(pyramid: ImagePyramid, points: FivePoints): FaceQuality {
  const luma = faceLuma(pyramid, points);
  let sum = 0;
  for (let i = 0; i < luma.length; i++) sum += luma[i]!;
  const mean = sum / luma.length;
  let contrast = 0;
  for (let i = 0; i < luma.length; i++) contrast += Math.abs(luma[i]! - mean) / luma.length;
  let detail = 0;
  for (let y = 1; y < SIDE - 1; y++) {
    for (let x = 1; x < SIDE - 1; x++) {
      const i = y * SIDE + x;
      detail += Math.abs(4 * luma[i]! - luma[i - 1]! - luma[i + 1]! - luma[i - SIDE]! - luma[i + SIDE]!);
    }
  }
  detail /= (SIDE - 2) ** 2;
  return {
    brightness: (mean / 255) * 100,
    sharpness: 100 * (1 - Math.exp((-2 * detail) / Math.max(contrast, 4))),
  };
}
