import type { BoundingBox } from '../domain/geometry';

export interface FaceCropOptions {
  /** Ratio of the box's longer side that is shown on each side of it. */
  readonly margin: number;
  /** Longest side of the answer in pixels; a smaller crop is not enlarged. */
  readonly maxSidePx: number;
}

/** Cuts faces out of stored images. */
export interface ImageCropper {
  /**
   * @param image an encoded image: JPEG, PNG or WebP.
   * @returns a square JPEG without metadata.
   * @throws DomainError IMAGE_UNREADABLE
   */
  cropFace(image: Uint8Array, box: BoundingBox, options: FaceCropOptions): Promise<Uint8Array>;
}
