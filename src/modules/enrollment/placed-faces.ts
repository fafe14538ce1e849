import type { BoundingBox, Landmarks } from '../../domain/geometry';
import { findBoxProblem, findLandmarksProblem, findRepeatedBox } from '../../domain/placed-face';
import type { PlacedFace } from './enrollment-shapes';
import { personIdentity, targetOf, type PersonChoice, type Refuse } from './person-choice';

/** A face that the request says where it is, and whose. */
export interface FaceChoice {
  readonly boundingBox: BoundingBox;
  readonly landmarks: Landmarks;
  /** 0-100. @default 100 */
  readonly confidence?: number | null;
  readonly person?: PersonChoice | null;
}

const MAX_FACES = 100;

/** @param createdByExternalId the ids that the request has given out so far. */
export function placedFacesOf(
  faces: readonly FaceChoice[],
  path: string,
  createdByExternalId: Map<string, string>,
  refuse: Refuse,
): PlacedFace[] {
  if (faces.length < 1 || faces.length > MAX_FACES) {
    refuse(path, `must have 1 to ${MAX_FACES} faces; leave it out to have them looked for`);
    return [];
  }
  const repeated = findRepeatedBox(faces.map((face) => face.boundingBox));
  if (repeated) refuse(`${path}.${repeated.index}.boundingBox`, `must not be the place of ${path}.${repeated.of}, too`);
  return faces.map(({ boundingBox, landmarks, confidence, person }, index) => {
    const own = `${path}.${index}`;
    const boxProblem = findBoxProblem(boundingBox);
    if (boxProblem) refuse(`${own}.boundingBox`, boxProblem);
    const landmarksProblem = findLandmarksProblem(landmarks);
    if (landmarksProblem) refuse(`${own}.landmarks`, landmarksProblem);
    const sure = confidence ?? 100;
    if (!(sure >= 0 && sure <= 100)) refuse(`${own}.confidence`, 'must be a number from 0 to 100');
    const target = targetOf(person ?? null, `${own}.person`, createdByExternalId, refuse);
    return { boundingBox, landmarks, confidence: sure, person: target };
  });
}

/** What makes two requests the same. */
export function facesIdentity(faces: readonly FaceChoice[]): unknown {
  return faces.map(({ boundingBox: { left, top, width, height }, landmarks, confidence, person }) => [
    [left, top, width, height],
    [landmarks.eyeLeft, landmarks.eyeRight, landmarks.nose, landmarks.mouthLeft, landmarks.mouthRight].map(
      ({ x, y }) => [x, y],
    ),
    confidence ?? 100,
    personIdentity(person ?? null),
  ]);
}
