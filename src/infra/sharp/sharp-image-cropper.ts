import sharp from 'sharp';
import { DomainError } from '../../domain/errors';
import { squareAroundFace } from '../../domain/face-crop';
import type { BoundingBox } from '../../domain/geometry';
import type { FaceCropOptions, ImageCropper } from '../../ports/image-cropper';

// Every crop is of another image: what libvips would keep of each is memory that nobody asks for again.
sharp.cache(false);

const MAX_PIXELS = 64_000_000;
const JPEG_QUALITY = 85;

/** Crops with libvips, on threads of its own. */
export class SharpImageCropper implements ImageCropper {
  async cropFace(image: Uint8Array, box: BoundingBox, options: FaceCropOptions): Promise<Uint8Array> {
    try {
      // As lenient as the analysis was that accepted it.
      const source = sharp(image, { limitInputPixels: MAX_PIXELS, failOn: 'error', pages: 1, autoOrient: true });
      const { width, height } = (await source.metadata()).autoOrient;
      const { maxSidePx } = options;
      return await source
        .extract(squareAroundFace(box, width, height, options.margin))
        .resize({ width: maxSidePx, height: maxSidePx, fit: 'inside', withoutEnlargement: true })
        .flatten({ background: '#ffffff' })
        .jpeg({ quality: JPEG_QUALITY })
        .toBuffer();
    } catch (cause) {
      throw new DomainError('IMAGE_UNREADABLE', 'The stored image of this face cannot be decoded. Enrol it again.', {
        cause,
      });
    }
  }
}
