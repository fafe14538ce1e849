import sharp from 'sharp';

/** What fills the corners that a turn leaves empty: black, or the border's pixels drawn out. */
export type Corners = 'BLACK' | 'EDGE';

/**
 * A photograph turned clockwise by `degrees`, then mirrored where asked, in the frame of the original: what a turn brings
 * outside it is cut off, as it would be in a photograph.
 */
export async function turnedImage(
  image: Buffer,
  degrees: number,
  { mirrored = false, corners = 'BLACK' }: { readonly mirrored?: boolean; readonly corners?: Corners } = {},
): Promise<Buffer> {
  const { width, height } = await sharp(image).metadata();
  const isSquareTurn = degrees % 90 === 0;
  const margin = isSquareTurn ? 0 : Math.ceil(Math.max(width, height) / 2);
  const wide =
    margin === 0
      ? image
      : await sharp(image)
          .extend({
            top: margin,
            bottom: margin,
            left: margin,
            right: margin,
            extendWith: corners === 'EDGE' ? 'copy' : 'background',
            background: '#000000',
          })
          .png({ compressionLevel: 0 })
          .toBuffer();
  const turned = await sharp(wide).rotate(degrees, { background: '#000000' }).png({ compressionLevel: 0 }).toBuffer();
  const size = await sharp(turned).metadata();
  const frame = degrees % 180 === 90 ? { width: height, height: width } : { width, height };
  const cut = sharp(turned).extract({
    left: Math.round((size.width - frame.width) / 2),
    top: Math.round((size.height - frame.height) / 2),
    ...frame,
  });
  return (mirrored ? cut.flop() : cut).jpeg({ quality: 95 }).toBuffer();
}
