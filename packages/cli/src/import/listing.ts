import type { EnrollPersonInput } from '@likeness/client';

/** One file to enrol. */
export interface ListedFile {
  readonly path: string;
  /** Its name in what is printed: relative to what was asked for. */
  readonly shown: string;
  readonly bytes: number;
  readonly modifiedMs: number;
  /** Left out: every face is enrolled, assigned to nobody. */
  readonly person?: EnrollPersonInput;
  readonly externalImageId?: string;
}

export interface RefusedFile {
  readonly shown: string;
  readonly reason: string;
}

/** What was asked to be imported, as it lies on the disk. */
export interface Listing {
  readonly files: readonly ListedFile[];
  readonly refused: readonly RefusedFile[];
  /** Files that are no images, counted by the end of their names. */
  readonly skipped: ReadonlyMap<string, number>;
}
