import type { Detection } from './detection';

const STRIDES = [8, 16, 32] as const;

/** The twelve heads of YuNet by name: `cls_8`, `obj_8`, `bbox_8`, `kps_8` and the same for strides 16 and 32. */
export type YunetHeads = Readonly<Record<string, Float32Array>>;

/**
 * Decodes YuNet's raw heads, in pixels of the input: score = sqrt(cls * obj), centre = (cell + bbox[0:2]) * stride, size = exp(bbox[2:4]) * stride,
 * points = (cell + kps) * stride.
 *
 * @param width of the net's input in pixels, a multiple of 32, as is `height`.
 */
export function decodeYunet(heads: YunetHeads, width: number, height: number, minScore: number): Detection[] {
  const found: Detection[] = [];
  for (const stride of STRIDES) {
    const cls = heads[`cls_${stride}`]!;
    const obj = heads[`obj_${stride}`]!;
    const bbox = heads[`bbox_${stride}`]!;
    const kps = heads[`kps_${stride}`]!;
    const columns = width / stride;
    const cells = columns * (height / stride);
    for (let cell = 0; cell < cells; cell++) {
      const score = Math.sqrt(Math.max(0, cls[cell]!) * Math.max(0, obj[cell]!));
      if (score < minScore) continue;
      const column = cell % columns;
      const row = Math.floor(cell / columns);
      const w = Math.exp(bbox[cell * 4 + 2]!) * stride;
      const h = Math.exp(bbox[cell * 4 + 3]!) * stride;
      const points: number[] = [];
      for (let k = 0; k < 5; k++) {
        points.push((column + kps[cell * 10 + 2 * k]!) * stride);
        points.push((row + kps[cell * 10 + 2 * k + 1]!) * stride);
      }
      found.push({
        box: {
          x: (column + bbox[cell * 4]!) * stride - w / 2,
          y: (row + bbox[cell * 4 + 1]!) * stride - h / 2,
          width: w,
          height: h,
        },
        roll: 0,
        score: Math.min(1, score),
        points,
      });
    }
  }
  return found;
}
