import { judge, type JudgedFace, type QualityFilter, type UnindexedReason } from './quality';

export interface FaceSelection {
  /** 1-100. */
  readonly maxFaces: number;
  readonly keep: 'LARGEST' | 'BEST';
  readonly qualityFilter: QualityFilter;
}

export interface SelectedFace<T> {
  readonly face: T;
  /** Empty for a face that is to get an embedding. */
  readonly rejections: readonly UnindexedReason[];
}

/** One number for "how good is this face": the worst of what was measured decides, 0-100. */
function score(face: JudgedFace): number {
  const frontal = 100 - Math.min(100, Math.max(Math.abs(face.pose.yaw), Math.abs(face.pose.pitch)));
  const exposed = 100 - 2 * Math.abs(face.quality.brightness - 50);
  return Math.min(face.quality.sharpness, exposed, frontal, face.confidence);
}

/**
 * Orders the faces of a picture largest first, refuses those that fail the quality filter, and of the rest those beyond
 * `maxFaces`: LARGEST keeps the largest; BEST drops the lowest quality first, then the smallest.
 */
export function selectFaces<T extends JudgedFace>(faces: readonly T[], selection: FaceSelection): SelectedFace<T>[] {
  const ordered = [...faces].sort((a, b) => b.sizePx - a.sizePx);
  const judged = ordered.map((face) => ({ face, rejections: judge(face, selection.qualityFilter) }));
  const passed = judged.filter(({ rejections }) => rejections.length === 0);
  if (selection.keep === 'BEST') passed.sort((a, b) => score(b.face) - score(a.face) || b.face.sizePx - a.face.sizePx);
  for (const { rejections } of passed.slice(selection.maxFaces)) rejections.push('EXCEEDS_MAX_FACES');
  return judged;
}
