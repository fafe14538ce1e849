/** A point as ratios 0-1 of the image's width and height, after EXIF rotation. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A box as ratios of the image after EXIF rotation. May reach past the border by a part of a face. */
export interface BoundingBox {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The five points the field aligns by; left and right as seen in the picture. */
export interface Landmarks {
  readonly eyeLeft: Point;
  readonly eyeRight: Point;
  readonly nose: Point;
  readonly mouthLeft: Point;
  readonly mouthRight: Point;
}

/** Degrees; 0 is frontal. Positive yaw: turned to the picture's right. Positive pitch: looking up. Positive roll: clockwise. */
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
