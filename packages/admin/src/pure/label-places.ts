/** A box on an image, as ratios 0-1 of it. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** In a style: percent of the image. */
export function styleOf({ left, top, width, height }: Box): Record<'left' | 'top' | 'width' | 'height', string> {
  const percent = (ratio: number): string => `${(ratio * 100).toFixed(3)}%`;
  return { left: percent(left), top: percent(top), width: percent(width), height: percent(height) };
}

/** On which side of its box a name is written, so that it stays on the image. */
export function labelSide({ top, height }: Box): 'above' | 'below' | 'inside' {
  if (top + height < 0.9) return 'below';
  return top > 0.1 ? 'above' : 'inside';
}
