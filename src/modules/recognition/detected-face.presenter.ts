import { qualityScore } from '../../domain/quality';
import { roundMeasure } from '../../domain/rounding';
import type { DetectedFace } from './recognition.types';
import type { ProbeFace } from './search-shapes';

/** What an analysed face shows of itself; its embedding stays inside. */
export function presentDetected(face: ProbeFace): DetectedFace {
  const { boundingBox, landmarks, pose, quality, confidence } = face;
  return {
    boundingBox,
    landmarks,
    pose: { pitch: roundMeasure(pose.pitch), roll: roundMeasure(pose.roll), yaw: roundMeasure(pose.yaw) },
    quality: {
      brightness: roundMeasure(quality.brightness),
      sharpness: roundMeasure(quality.sharpness),
      score: roundMeasure(qualityScore(face)),
    },
    confidence: roundMeasure(confidence),
  };
}
