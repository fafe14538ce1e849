import type { BoundingBox } from './geometry';
import { judge, qualityScore, type JudgedFace, type QualityFilter, type UnindexedReason } from './quality';

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

/** What decides which face of an image counts as the largest. */
export interface PlacedFace {
  readonly boundingBox: BoundingBox;
  /** 0-100. */
  readonly confidence: number;
}

/**
 * From these parts of the chosen face's prominence on another may be meant as well: anywhere (equally sure, its sides are five
 * sixths as long), and where the portrait score prefers it. Set on LFW View 1 DevTrain, see docs/benchmarks.md.
 */
const LIKE_PROMINENCE = 0.7;
const CENTRAL_PROMINENCE = 0.4;

/** The share of the image that a box covers, 0-1; what lies beyond the border does not count. */
function shareInside({ left, top, width, height }: BoundingBox): number {
  const inside = (start: number, length: number): number => Math.min(1, start + length) - Math.max(0, start);
  return Math.max(0, inside(left, width)) * Math.max(0, inside(top, height));
}

/**
 * How much a face stands out of its image, 0-1: its share of the image times its confidence (as 0-1) squared, so that
 * what is half a face, or half sure to be one, does not outweigh a face. "The largest face" is the one of most prominence.
 */
export function prominenceOf({ boundingBox, confidence }: PlacedFace): number {
  return shareInside(boundingBox) * (confidence / 100) ** 2;
}

/**
 * Size against distance from the middle, higher for whom a portrait is likely of: w h - 2 d^2 in units of the image's longer
 * side. Right on all 4,992 portraits of LFW View 1.
 */
export function portraitScoreOf(box: BoundingBox, image: { readonly width: number; readonly height: number }): number {
  const longer = Math.max(image.width, image.height);
  const across = image.width / longer;
  const down = image.height / longer;
  const dx = (box.left + box.width / 2 - 0.5) * across;
  const dy = (box.top + box.height / 2 - 0.5) * down;
  return box.width * across * box.height * down - 2 * (dx * dx + dy * dy);
}

/**
 * Orders the faces of an image largest first, refuses those that fail the quality filter, and of the rest those beyond
 * `maxFaces`: LARGEST keeps the largest; BEST drops the lowest quality first, then the smallest.
 */
export function selectFaces<T extends JudgedFace & PlacedFace>(
  faces: readonly T[],
  selection: FaceSelection,
): SelectedFace<T>[] {
  const ordered = [...faces].sort((a, b) => prominenceOf(b) - prominenceOf(a));
  const judged = ordered.map((face) => ({ face, rejections: judge(face, selection.qualityFilter) }));
  const passed = judged.filter(({ rejections }) => rejections.length === 0);
  if (selection.keep === 'BEST') {
    passed.sort((a, b) => qualityScore(b.face) - qualityScore(a.face) || prominenceOf(b.face) - prominenceOf(a.face));
  }
  for (const { rejections } of passed.slice(selection.maxFaces)) rejections.push('EXCEEDS_MAX_FACES');
  return judged;
}

/**
 * The faces that may be meant where one is asked for, the chosen one (the largest that was not refused) first. The others are
 * of like prominence, or nearly so and better placed for a portrait, or cover more of the image without being as sure;
 * whether they were refused does not matter. More than one: the choice is ambiguous.
 *
 * @returns empty when every face was refused.
 */
export function findCandidates<T extends PlacedFace & { readonly rejections: readonly UnindexedReason[] }>(image: {
  readonly width: number;
  readonly height: number;
  readonly faces: readonly T[];
}): T[] {
  const chosen = image.faces.find((face) => face.rejections.length === 0);
  if (!chosen) return [];
  const share = shareInside(chosen.boundingBox);
  const portraitScore = portraitScoreOf(chosen.boundingBox, image);
  const rivals = image.faces.filter((face) => {
    if (face === chosen) return false;
    const part = prominenceOf(face) / prominenceOf(chosen);
    if (part >= LIKE_PROMINENCE || shareInside(face.boundingBox) > share) return true;
    return part >= CENTRAL_PROMINENCE && portraitScoreOf(face.boundingBox, image) > portraitScore;
  });
  return [chosen, ...rivals];
}
