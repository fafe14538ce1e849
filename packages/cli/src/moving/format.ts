import type { BoxFieldsFragment, FaceHiddenAs, PersonFieldsFragment, PlacedFaceFieldsFragment } from '@likeness/client';

/** The version of the lines that this program writes, and the only one that it reads. */
export const VERSION = 1;
export const EXPORT_FILE = 'export.jsonl';
export const IMAGES_FOLDER = 'images';

export type Box = Pick<BoxFieldsFragment, 'left' | 'top' | 'width' | 'height'>;
export type Landmarks = PlacedFaceFieldsFragment['landmarks'];
export const LANDMARKS = ['eyeLeft', 'eyeRight', 'nose', 'mouthLeft', 'mouthRight'] as const;

/** The first line. docs/moving.md tells every field of every line. */
export interface Header {
  readonly likenessExport: number;
  readonly exportedAt: string;
  readonly collection: {
    readonly id: string;
    readonly name: string;
    readonly description: string;
    readonly modelPack: string;
    readonly similarityThreshold: number | null;
    readonly targetFpir: number;
    readonly qualityFilter: string;
    readonly retentionDays: number | null;
  };
  /** Whether the files of the images came along. */
  readonly images: boolean;
}

export type ExportedPerson = Pick<
  PersonFieldsFragment,
  'id' | 'displayName' | 'externalId' | 'metadata' | 'aliases' | 'bornOn' | 'diedOn'
>;

export interface ExportedFace {
  readonly boundingBox: Box;
  readonly landmarks: Landmarks;
  /** 0-100. */
  readonly confidence: number;
  /** The id of a person's line; null: nobody's. */
  readonly person: string | null;
  readonly hiddenAs: FaceHiddenAs | null;
}

export interface ExportedImage {
  readonly id: string;
  /** Of the file's bytes, in hexadecimal digits. */
  readonly sha256: string;
  readonly mime: string;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  readonly takenAt: string | null;
  readonly externalImageId: string | null;
  /** Relative to the folder of the export; null: it did not come along. */
  readonly file: string | null;
  readonly faces: readonly ExportedFace[];
}

/** The last line: without it the file is not whole. */
export interface End {
  readonly persons: number;
  readonly images: number;
  readonly faces: number;
}

/** A line of an export. */
export type Line =
  Header | { readonly person: ExportedPerson } | { readonly image: ExportedImage } | { readonly end: End };

/** Of the area that two boxes cover, the part that is in both, 0-1. */
export function overlapOf(one: Box, other: Box): number {
  const width = Math.min(one.left + one.width, other.left + other.width) - Math.max(one.left, other.left);
  const height = Math.min(one.top + one.height, other.top + other.height) - Math.max(one.top, other.top);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (one.width * one.height + other.width * other.height - shared);
}
