import type { FaceQuality, Pose } from './geometry';

export const QUALITY_FILTERS = ['NONE', 'AUTO', 'LOW', 'MEDIUM', 'HIGH'] as const;
export type QualityFilter = (typeof QUALITY_FILTERS)[number];

export const UNINDEXED_REASONS = [
  'EXCEEDS_MAX_FACES',
  'EXTREME_POSE',
  'LOW_BRIGHTNESS',
  'LOW_SHARPNESS',
  'LOW_CONFIDENCE',
  'SMALL_BOUNDING_BOX',
  'LOW_FACE_QUALITY',
] as const;
export type UnindexedReason = (typeof UNINDEXED_REASONS)[number];

/** What the rules look at. */
export interface JudgedFace {
  readonly quality: FaceQuality;
  readonly pose: Pose;
  /** 0-100. */
  readonly confidence: number;
  /** Shorter side of the box in pixels. */
  readonly sizePx: number;
}
