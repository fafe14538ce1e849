import type { BoundingBox } from './geometry';

/** Whole pixels inside an image. */
export interface PixelRect {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * The square around a face: its longer side and `margin` of it on every side, moved inwards where it would leave the
 * image, and no larger than the image's shorter side.
 *
 * @param width pixels of the image after EXIF rotation; `height` too.
 * @param margin ratio of the longer side, >= 0.
 */
export function squareAroundFace(box: BoundingBox, width: number, height: number, margin: number): PixelRect {
  const longer = Math.max(box.width * width, box.height * height);
  const side = Math.min(Math.max(Math.round(longer * (1 + 2 * margin)), 1), width, height);
  const at = (start: number, extent: number, whole: number) =>
    Math.min(Math.max(Math.round((start + extent / 2) * whole - side / 2), 0), whole - side);
  return { left: at(box.left, box.width, width), top: at(box.top, box.height, height), width: side, height: side };
}
