import path from 'node:path';
import type { BoundingBox } from '../../domain/geometry';
import { writeContactSheets, type Sighting } from '../../infra/sharp/sharp-contact-sheet';
import type { JudgedPair } from '../../../workers/evaluation/verification';

/** Pairs of each kind that are shown: two sheets of four pairs a row. */
const SHOWN = 64;

/** The pairs that were decided wrongly, the worst of each kind first. */
export interface WrongPairs {
  readonly falseMatches: readonly JudgedPair[];
  readonly falseNonMatches: readonly JudgedPair[];
}

export function worstFirst(wrong: readonly JudgedPair[]): WrongPairs {
  const nearest = [...wrong].sort((a, b) => a.distance - b.distance);
  return {
    falseMatches: nearest.filter(({ same }) => !same).slice(0, SHOWN),
    falseNonMatches: nearest
      .filter(({ same }) => same)
      .reverse()
      .slice(0, SHOWN),
  };
}

/** `false-matches-<n>.jpg` and `false-non-matches-<n>.jpg`: four pairs a row, in the order of the report. */
export async function writeErrorSheets(
  folder: string,
  images: string,
  { falseMatches, falseNonMatches }: WrongPairs,
  faces: ReadonlyMap<string, { readonly boundingBox: BoundingBox }>,
): Promise<void> {
  const sighting = (image: string): Sighting => ({
    file: path.join(images, image),
    boundingBox: faces.get(image)?.boundingBox,
  });
  const sides = (pairs: readonly JudgedPair[]): Sighting[] =>
    pairs.flatMap(({ first, second }) => [sighting(first), sighting(second)]);
  await writeContactSheets(folder, 'false-matches', sides(falseMatches));
  await writeContactSheets(folder, 'false-non-matches', sides(falseNonMatches));
}
