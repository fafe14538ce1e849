import type { Detection } from './detection';

/** One grid of a detector: a cell every `stride` pixels of the input, with so many answers each. */
export interface AnchorGrid {
  readonly stride: number;
  readonly anchors: number;
}

/** MediaPipe's short-range face detector; trained at 128 px, for faces of a sixth of the image and more. */
export const SHORT_RANGE: readonly AnchorGrid[] = [
  { stride: 8, anchors: 2 },
  { stride: 16, anchors: 6 },
];

/** MediaPipe's full-range face detector; trained at 192 px, for faces down to a twentieth of the image. */
export const FULL_RANGE: readonly AnchorGrid[] = [{ stride: 4, anchors: 1 }];

/** Numbers an answer has: the box's centre and size, and six points. */
const NUMBERS = 16;

/** How many answers a detector gives for an input of this size. */
export const countAnchors = (grids: readonly AnchorGrid[], width: number, height: number): number =>
  grids.reduce((sum, { stride, anchors }) => sum + (width / stride) * (height / stride) * anchors, 0);

/** What a detector says of one image, in pixels of its input. */
export interface AnchoredHeads {
  /** A logit an anchor, grid by grid, row by row. */
  readonly logits: Float32Array;
  /** 16 numbers an anchor, relative to the middle of its cell. */
  readonly boxes: Float32Array;
}

/**
 * Decodes MediaPipe's face detectors, in pixels of the input. Of their six points eyes, nose and the middle of the mouth are
 * used; the way from between the eyes to the mouth gives the roll, which is right to a few degrees for faces turned by up to
 * 90 degrees, and wrong by half a turn beyond.
 *
 * @param width of the input, a multiple of the strides, as is `height`.
 */
export function decodeAnchored(
  { logits, boxes }: AnchoredHeads,
  grids: readonly AnchorGrid[],
  width: number,
  height: number,
  minScore: number,
): Detection[] {
  const leastLogit = Math.log(minScore / (1 - minScore));
  const found: Detection[] = [];
  let i = 0;
  for (const { stride, anchors } of grids) {
    for (let y = stride / 2; y < height; y += stride) {
      for (let x = stride / 2; x < width; x += stride) {
        for (let n = 0; n < anchors; n++, i++) {
          const logit = logits[i]!;
          if (logit >= leastLogit) found.push(decodeOne(boxes, i * NUMBERS, x, y, 1 / (1 + Math.exp(-logit))));
        }
      }
    }
  }
  return found;
}

function decodeOne(boxes: Float32Array, at: number, anchorX: number, anchorY: number, score: number): Detection {
  const x = (k: number): number => anchorX + boxes[at + k]!;
  const y = (k: number): number => anchorY + boxes[at + k]!;
  const width = boxes[at + 2]!;
  const height = boxes[at + 3]!;
  const points = [x(4), y(5), x(6), y(7), x(8), y(9), x(10), y(11), x(10), y(11)];
  return {
    box: { x: x(0) - width / 2, y: y(1) - height / 2, width, height },
    roll: 0,
    score,
    points,
  };
}
