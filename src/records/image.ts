import type { BoundingBox } from '../domain/geometry';

export type ImageMime = 'image/jpeg' | 'image/png' | 'image/webp';

export interface ImageRecord {
  readonly id: string;
  readonly collectionId: string;
  readonly mime: ImageMime;
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  /** Whether it is the first frame of an animation that was sent. */
  readonly firstFrameOnly: boolean;
  /** Null: it did not say. */
  readonly takenAt: Date | null;
  readonly sha256: string;
  readonly createdAt: Date;
}

export interface ImageFilter {
  /** What its owner calls it: of a face of it. */
  readonly externalImageId?: string;
  /** Whose face is in it. */
  readonly personId?: string;
}

export type ImageOrderField = 'CREATED_AT';

/** A stored image: its bytes are in the ImageStore under `images/<tenantId>/<id>`. */
export interface StoredImage {
  readonly id: string;
  readonly mime: ImageMime;
}

/** Where one face is in its image. */
export interface FaceInImage {
  readonly image: StoredImage;
  readonly boundingBox: BoundingBox;
}
