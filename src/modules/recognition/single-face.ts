import { DomainError } from '../../domain/errors';
import { findCandidates } from '../../domain/face-selection';
import type { AnalyzedFace, AnalyzedImage } from '../../ports/face-analyzer';
import { whatWasSeen } from '../images/image-loader.service';

/**
 * The face that is meant where one of an image is asked for.
 * @param what the image, for a sentence: `the source image`.
 * @throws DomainError NO_FACE_FOUND.
 */
export function largestFaceOf(image: AnalyzedImage, what: string): AnalyzedFace & { embedding: Float32Array } {
  const face = image.faces.find((one) => one.embedding !== undefined);
  if (face?.embedding) return { ...face, embedding: face.embedding };
  const seen = image.faces[0];
  throw new DomainError(
    'NO_FACE_FOUND',
    seen
      ? `The faces of ${what} do not pass the quality filter (${seen.rejections.join(', ')}). Send a better image, or a lower qualityFilter.`
      : `No face was found in ${whatWasSeen(image, what)}. Send one with a clearly visible face.`,
  );
}

/** Whether another face may be meant as well. */
export const isAmbiguous = (image: AnalyzedImage): boolean => findCandidates(image).length > 1;
