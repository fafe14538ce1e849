import type { FaceQuality, Pose } from './geometry';

export const QUALITY_FILTERS = ['NONE', 'AUTO', 'LOW', 'MEDIUM', 'HIGH'] as const;
export type QualityFilter = (typeof QUALITY_FILTERS)[number];

export const UNINDEXED_REASONS = [
  'EXCEEDS_MAX_FACES',
  'MISALIGNED',
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
  /** false where the landmarks cannot be a face's. Faces that were aligned wrongly resemble each other, whoever they are. */
  readonly isAligned: boolean;
}

/** The least (and for pose the most) that a face needs at one filter level. */
interface QualityFloor {
  readonly confidence: number;
  readonly sizePx: number;
  readonly brightness: number;
  readonly sharpness: number;
  /** Degrees; roll is left out, since faces are aligned upright. */
  readonly yaw: number;
  readonly pitch: number;
}

/**
 * Set on LFW View 1 DevTrain (press photographs, by `yunet-reid0095` and `bundled` alike): LOW refuses none of its faces, AUTO
 * 0.03 %, MEDIUM 3-4 %, HIGH 28 % (docs/benchmarks.md). AUTO refuses what nobody could recognise, HIGH keeps what makes a
 * good reference. About 24 px is the least that the nets can use.
 */
const FLOORS: Readonly<Record<Exclude<QualityFilter, 'NONE'>, QualityFloor>> = {
  AUTO: { confidence: 60, sizePx: 24, brightness: 10, sharpness: 10, yaw: 60, pitch: 50 },
  LOW: { confidence: 50, sizePx: 20, brightness: 6, sharpness: 6, yaw: 70, pitch: 60 },
  MEDIUM: { confidence: 75, sizePx: 40, brightness: 18, sharpness: 18, yaw: 45, pitch: 40 },
  HIGH: { confidence: 85, sizePx: 64, brightness: 25, sharpness: 25, yaw: 30, pitch: 30 },
};

/**
 * One number for "how good is this face", 100 and below: what turning (degrees squared: a little turned costs little), blur and doubt
 * cost the faces of LFW View 1 DevTrain in likeness to other photographs of the same people, by ridge regression over both
 * packs (docs/benchmarks.md, "Quality"). It orders faces; the filters have their own floors.
 */
export function qualityScore({ quality, pose, confidence }: Omit<JudgedFace, 'sizePx' | 'isAligned'>): number {
  const pitchCost = pose.pitch > 0 ? 0.054 : 0.027;
  const cost =
    0.017 * (pose.yaw / 10) ** 2 +
    pitchCost * (pose.pitch / 10) ** 2 +
    0.07 * (Math.max(0, 40 - quality.sharpness) / 10) +
    0.075 * ((100 - confidence) / 10);
  return 100 * Math.exp(-cost);
}

/** Why a face fails a filter; empty when it passes. NONE refuses no face but one that is not aligned. */
export function judge(face: JudgedFace, filter: QualityFilter): UnindexedReason[] {
  const reasons: UnindexedReason[] = face.isAligned ? [] : ['MISALIGNED'];
  if (filter === 'NONE') return reasons;
  const floor = FLOORS[filter];
  if (Math.abs(face.pose.yaw) > floor.yaw || Math.abs(face.pose.pitch) > floor.pitch) reasons.push('EXTREME_POSE');
  if (face.quality.brightness < floor.brightness) reasons.push('LOW_BRIGHTNESS');
  if (face.quality.sharpness < floor.sharpness) reasons.push('LOW_SHARPNESS');
  if (face.confidence < floor.confidence) reasons.push('LOW_CONFIDENCE');
  if (face.sizePx < floor.sizePx) reasons.push('SMALL_BOUNDING_BOX');
  return reasons;
}
