import type { Detection } from './detection';

/** Side of the square input in pixels. */
export const BLAZEFACE_SIZE = 256;

const GRIDS = [
  { cells: 16, anchors: 2 },
  { cells: 8, anchors: 6 },
] as const;

/** Centres of the 512 + 384 anchors in pixels of the input, x and y in turn. */
const ANCHORS = makeAnchors();

function makeAnchors(): Float32Array {
  const centres: number[] = [];
  for (const { cells, anchors } of GRIDS) {
    const stride = BLAZEFACE_SIZE / cells;
    for (let row = 0; row < cells; row++) {
      for (let column = 0; column < cells; column++) {
        for (let n = 0; n < anchors; n++) centres.push((column + 0.5) * stride, (row + 0.5) * stride);
      }
    }
  }
  return Float32Array.from(centres);
}

/**
 * Decodes BlazeFace (the 256 px model for the back camera): a logit an anchor, and 16 numbers in pixels of the input: the
 * box's centre relative to the anchor, its size, and six points of which eyes, nose and the middle of the mouth are used.
 *
 * @param logits of the 512 anchors of the fine grid, then of the 384 of the coarse one; `boxes` likewise, 16 numbers each.
 * @param left of the window that was shown to the net, in pixels of the image, as are `top` and `side`.
 */
export function decodeBlazeface(
  logits: readonly [Float32Array, Float32Array],
  boxes: readonly [Float32Array, Float32Array],
  left: number,
  top: number,
  side: number,
  minScore: number,
): Detection[] {
  const scale = side / BLAZEFACE_SIZE;
  const found: Detection[] = [];
  for (let level = 0; level < 2; level++) {
    const first = level === 0 ? 0 : logits[0].length;
    for (let i = 0; i < logits[level]!.length; i++) {
      const score = 1 / (1 + Math.exp(-logits[level]![i]!));
      if (score < minScore) continue;
      const at = (k: number): number => boxes[level]![i * 16 + k]!;
      const anchorX = ANCHORS[2 * (first + i)]!;
      const anchorY = ANCHORS[2 * (first + i) + 1]!;
      const x = (k: number): number => left + (anchorX + at(k)) * scale;
      const y = (k: number): number => top + (anchorY + at(k)) * scale;
      const width = at(2) * scale;
      const height = at(3) * scale;
      found.push({
        box: { x: x(0) - width / 2, y: y(1) - height / 2, width, height },
        roll: 0,
        score,
        points: [x(4), y(5), x(6), y(7), x(8), y(9), x(10), y(11), x(10), y(11)],
      });
    }
  }
  return found;
}
