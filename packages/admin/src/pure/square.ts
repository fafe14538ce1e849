import type { Box } from './label-places.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** How much is shown around a face, in its longer sides. */
const MARGIN = 0.35;

/** The square around a face that a crop shows, in pixels of its image; it may reach beyond the image. @param margin in longer sides of the box. */
export function squareAround(box: Box, { width, height }: Size, margin = MARGIN) {
  const longer = Math.max(box.width * width, box.height * height);
  const side = longer * (1 + 2 * margin);
  return {
    left: (box.left + box.width / 2) * width - side / 2,
    top: (box.top + box.height / 2) * height - side / 2,
    side,
  };
}

/** Where an image stands in a square frame that shows a face of it alone: percent of the frame. */
export function frameOf(box: Box, image: Size): Record<'left' | 'top' | 'width' | 'height', string> {
  const { left, top, side } = squareAround(box, image);
  const percent = (pixels: number): string => `${((pixels / side) * 100).toFixed(3)}%`;
  return { left: percent(-left), top: percent(-top), width: percent(image.width), height: percent(image.height) };
}
