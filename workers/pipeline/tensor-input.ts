/** How a net wants its pixels: `(value - mean) / std` for each channel, in the given channel order and layout. */
export interface InputFormat {
  readonly colour: 'RGB' | 'BGR';
  readonly layout: 'NCHW' | 'NHWC';
  /** In the net's channel order, on the scale 0-255. */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/** Where channel `c` (0 red, 1 green, 2 blue) of a pixel is written, and how it is normalised. */
export interface ChannelPlan {
  readonly offset: number;
  readonly mean: number;
  readonly factor: number;
}

/** Plans for red, green and blue, and the step between two pixels, for an image of `pixels` pixels. */
export function planChannels(
  format: InputFormat,
  pixels: number,
): { readonly step: number; readonly channels: readonly [ChannelPlan, ChannelPlan, ChannelPlan] } {
  const plan = (colour: number): ChannelPlan => {
    const index = format.colour === 'RGB' ? colour : 2 - colour;
    return {
      offset: format.layout === 'NCHW' ? index * pixels : index,
      mean: format.mean[index]!,
      factor: 1 / format.std[index]!,
    };
  };
  return { step: format.layout === 'NCHW' ? 1 : 3, channels: [plan(0), plan(1), plan(2)] };
}

/** The tensor shape of a batch of images. */
export function inputShape(format: InputFormat, batch: number, width: number, height: number): number[] {
  return format.layout === 'NCHW' ? [batch, 3, height, width] : [batch, height, width, 3];
}
