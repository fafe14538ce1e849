import type { PixelBox } from './image';

/** Eye left, eye right, nose, mouth left, mouth right (left and right as seen with the face upright) as x, y pairs in pixels: 10 numbers. */
export type FivePoints = readonly number[];

/** A face as a detector found it, in pixels of the image. */
export interface Detection {
  /** As it would lie about the face's centre if the face stood upright: a turned face's box does not grow with the angle. */
  readonly box: PixelBox;
  /** Degrees clockwise by which the image had been turned back when the face was found: about the face's roll. */
  readonly roll: number;
  /** 0-1. */
  readonly score: number;
  /** The detector's own rough points, where it gives any. */
  readonly points?: FivePoints;
}

/** Intersection over union of two boxes, 0-1. */
export function overlap(a: PixelBox, b: PixelBox): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (a.width * a.height + b.width * b.height - shared);
}

/** How much of the smaller box lies inside the other, 0-1. */
export function containment(a: PixelBox, b: PixelBox): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  return (width * height) / Math.min(a.width * a.height, b.width * b.height);
}

/** Whether a box lies inside a window with `margin` to spare, or reaches past an edge that is the image's own. */
export function liesWithin(box: PixelBox, window: PixelBox, image: PixelBox, margin: number): boolean {
  const clear = (inner: number, edge: number, imageEdge: number): boolean =>
    edge <= imageEdge || inner >= edge + margin;
  return (
    clear(box.x, window.x, image.x) &&
    clear(box.y, window.y, image.y) &&
    clear(-(box.x + box.width), -(window.x + window.width), -(image.x + image.width)) &&
    clear(-(box.y + box.height), -(window.y + window.height), -(image.y + image.height))
  );
}

/**
 * Greedy non-maximum suppression: keeps the best score of each cluster of boxes that overlap by more than `maxOverlap`.
 * A box that lies mostly inside a better one, or around it, goes too: looks at different scales give one face boxes of
 * different size, or a box about a part of it.
 *
 * @param maxContainment 1 keeps these, where a closer look is still to say which of the two is the face.
 */
export function suppress(detections: readonly Detection[], maxOverlap: number, maxContainment = 0.5): Detection[] {
  const kept: Detection[] = [];
  for (const candidate of [...detections].sort((a, b) => b.score - a.score)) {
    const isDuplicate = kept.some(
      (better) =>
        overlap(better.box, candidate.box) > maxOverlap || containment(better.box, candidate.box) > maxContainment,
    );
    if (!isDuplicate) kept.push(candidate);
  }
  return kept;
}

/** Whether two sets of points lie on the same face: on average closer than the larger distance between eyes. */
function onSameFace(a: FivePoints, b: FivePoints): boolean {
  const eyes = (p: FivePoints): number => Math.hypot(p[2]! - p[0]!, p[3]! - p[1]!);
  let apart = 0;
  for (let i = 0; i < 5; i++) apart += Math.hypot(a[2 * i]! - b[2 * i]!, a[2 * i + 1]! - b[2 * i + 1]!) / 5;
  return apart < Math.max(eyes(a), eyes(b));
}

/** Keeps the first of the faces whose points fall together: what two boxes were cut from one face (at the edge of a tile) shows only now. */
export function dropRepeats<T extends { readonly points: FivePoints }>(faces: readonly T[]): T[] {
  const kept: T[] = [];
  for (const face of faces) if (!kept.some((other) => onSameFace(other.points, face.points))) kept.push(face);
  return kept;
}
