import type { BoundingBox } from './geometry';

/** Boxes of two packs that overlap by less are of two faces. */
export const SAME_FACE = 0.4;

/** Intersection over union of two boxes, 0-1. */
export function overlapOf(one: BoundingBox, other: BoundingBox): number {
  const width = Math.min(one.left + one.width, other.left + other.width) - Math.max(one.left, other.left);
  const height = Math.min(one.top + one.height, other.top + other.height) - Math.max(one.top, other.top);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (one.width * one.height + other.width * other.height - shared);
}
