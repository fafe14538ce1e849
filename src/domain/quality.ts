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
  'NOT_REEMBEDDED',
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

/** What is known of a face wherever it is shown. */
export type MeasuredFace = Pick<JudgedFace, 'quality' | 'pose' | 'confidence'>;

/**
 * One number for "how good is this face", 0-100. What turning (squared: a little costs little), darkness and doubt (squared)
 * cost is about what they cost the faces of LFW View 1 DevTrain in likeness to other photographs of the same people: chosen among
 * fits over `yunet-reid0095@1` and a draft of `bundled@2` (docs/benchmarks.md, "Quality"). That set hardly shows blurred faces: what
 * blur costs is set by hand. It orders faces; the filters have floors of their own.
 */
export function qualityScore({ quality, pose, confidence }: MeasuredFace): number {
  const tens = (value: number): number => Math.max(0, value) / 10;
  const cost =
    0.013 * tens(Math.abs(pose.yaw)) ** 2 +
    0.038 * tens(pose.pitch) ** 2 +
    0.028 * tens(-pose.pitch) ** 2 +
    0.36 * tens(100 - confidence) ** 2 +
    0.09 * tens(45 - quality.brightness) +
    0.2 * tens(20 - quality.sharpness);
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
