import type { PixelBox } from './image';

/** How an image of another shape becomes a net's input. */
export interface Fitting {
  /** STRETCH: all of it, whatever becomes of its shape. CROP: the middle, in the input's shape. */
  readonly fit: 'STRETCH' | 'CROP';
  /** Of the largest such middle, how much of each side; above 0, at most 1. Of CROP alone. */
  readonly cropShare: number;
  /** Of the input, pixels. */
  readonly width: number;
  readonly height: number;
}

/** The part of an image that a net is shown. */
export function shownPart(image: { readonly width: number; readonly height: number }, fitting: Fitting): PixelBox {
  if (fitting.fit === 'STRETCH') return { x: 0, y: 0, width: image.width, height: image.height };
  const scale = Math.min(image.width / fitting.width, image.height / fitting.height) * fitting.cropShare;
  const [width, height] = [fitting.width * scale, fitting.height * scale];
  return { x: (image.width - width) / 2, y: (image.height - height) / 2, width, height };
}
