import type { BoundingBox, Landmarks } from '../../domain/geometry';
import type { AnalyzedFace, AnalyzedImage } from '../../ports/face-analyzer';
import { overlap, type FivePoints } from '../../../workers/pipeline/detection';
import { rollOf } from '../../../workers/pipeline/pose';
import { turnBetween } from '../../../workers/pipeline/turned-view';
import type { FaceRecord } from '../../records/face';

/** From this overlap on, one of today's boxes may be about the stored face: detectors draw boxes of one face quite differently. */
const SAME_FACE = 0.2;
/** Degrees. A face's points do not come out this differently turned unless they were aligned wrongly then. */
const OTHER_WAY = 45;

/** What speaks against a face that was enrolled; all but the first three are of its image. */
export type EnrolledFault =
  | 'MISALIGNED'
  | 'NOT_FOUND'
  | 'OTHER_WAY_UP'
  | 'IMAGE_MISSING'
  | 'IMAGE_UNREADABLE'
  | 'IMAGE_UNSUPPORTED'
  | 'IMAGE_TOO_LARGE';

export interface EnrolledVerdict {
  readonly fault: EnrolledFault;
  /** Degrees clockwise by the points that the face was embedded by. */
  readonly rollThen: number;
  /** Degrees clockwise today; null where the face is not found. */
  readonly rollNow: number | null;
}

type StoredFace = Pick<FaceRecord, 'boundingBox' | 'landmarks'> & {
  readonly image: Pick<FaceRecord['image'], 'width' | 'height'>;
};

/**
 * What today's look at their image says against its enrolled faces, in order; undefined where one would be embedded the
 * same way. Each of today's faces answers for one of them at most: a face that has gone is not taken for its neighbour.
 */
export function judgeEnrolled(
  faces: readonly StoredFace[],
  today: Pick<AnalyzedImage, 'faces'>,
): (EnrolledVerdict | undefined)[] {
  const pairs = faces
    .flatMap((face) =>
      today.faces.map((found) => ({ face, found, shared: sharedPart(face.boundingBox, found.boundingBox) })),
    )
    .filter(({ shared }) => shared >= SAME_FACE)
    .sort((a, b) => b.shared - a.shared);
  const foundOf = new Map<StoredFace, AnalyzedFace>();
  const taken = new Set<AnalyzedFace>();
  for (const { face, found } of pairs) {
    if (foundOf.has(face) || taken.has(found)) continue;
    foundOf.set(face, found);
    taken.add(found);
  }
  return faces.map((face) => judge(face, foundOf.get(face)));
}

function judge(face: StoredFace, found: AnalyzedFace | undefined): EnrolledVerdict | undefined {
  const rollThen = enrolledRoll(face);
  if (found === undefined) return { fault: 'NOT_FOUND', rollThen, rollNow: null };
  const { pose, rejections } = found;
  const verdict = { rollThen, rollNow: pose.roll };
  if (rejections.includes('MISALIGNED')) return { fault: 'MISALIGNED', ...verdict };
  return Math.abs(turnBetween(rollThen, pose.roll)) > OTHER_WAY ? { fault: 'OTHER_WAY_UP', ...verdict } : undefined;
}

/** Degrees clockwise by a stored face's points: what its vector was aligned by, whatever was stored as its pose. */
export function enrolledRoll({ landmarks, image }: StoredFace): number {
  return rollOf(pixelsOf(landmarks, image));
}

/** Ratios of one image: what is shared does not depend on its shape. */
function sharedPart(a: BoundingBox, b: BoundingBox): number {
  const box = ({ left: x, top: y, width, height }: BoundingBox) => ({ x, y, width, height });
  return overlap(box(a), box(b));
}

function pixelsOf(
  { eyeLeft, eyeRight, nose, mouthLeft, mouthRight }: Landmarks,
  { width, height }: { readonly width: number; readonly height: number },
): FivePoints {
  return [eyeLeft, eyeRight, nose, mouthLeft, mouthRight].flatMap(({ x, y }) => [x * width, y * height]);
}
