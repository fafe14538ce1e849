/** A point as ratios of the image's width and height, after EXIF rotation; outside 0-1 where a face is cut by the border. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A box as ratios of the image after EXIF rotation. What answers show of it has been clipped to the image. */
export interface BoundingBox {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** How fine ratios are told: a millionth, a tenth of a pixel of the largest image. */
const STEPS = 1e6;

/**
 * The part of a box that lies in the image, at least one step wide and high even where nothing of it does.
 *
 * @returns ratios of at most six digits with `left`, `top` >= 0, `left + width`, `top + height` <= 1, `width`, `height` > 0.
 */
export function clipBox({ left, top, width, height }: BoundingBox): BoundingBox {
  const [x, clippedWidth] = clipSpan(left, left + width);
  const [y, clippedHeight] = clipSpan(top, top + height);
  return { left: x, top: y, width: clippedWidth, height: clippedHeight };
}

function clipSpan(from: number, to: number): [start: number, length: number] {
  const start = Math.min(STEPS - 1, Math.max(0, Math.round(from * STEPS)));
  const length = Math.max(1, Math.min(STEPS, Math.round(to * STEPS)) - start);
  return [start / STEPS, length / STEPS];
}

/** The five points the field aligns by; left and right as seen with the face upright. */
export interface Landmarks {
  readonly eyeLeft: Point;
  readonly eyeRight: Point;
  readonly nose: Point;
  readonly mouthLeft: Point;
  readonly mouthRight: Point;
}

/** Degrees; 0 is frontal. Positive yaw: turned to the right as seen with the face upright. Positive pitch: looking up. Roll: clockwise, -180 to 180. */
export interface Pose {
  readonly pitch: number;
  readonly roll: number;
  readonly yaw: number;
}

/** 0-100, higher is better. */
export interface FaceQuality {
  readonly brightness: number;
  readonly sharpness: number;
}
