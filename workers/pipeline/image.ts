/** An 8-bit sRGB image, interleaved R G B, rows from the top. */
export interface RgbImage {
  /** Length `width * height * 3`. */
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** A rectangle in pixels of an image. Pixel `i` covers `[i, i + 1)`. */
export interface PixelBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Copies a rectangle, which must lie inside the image, out of it. */
export function cropImage(image: RgbImage, { x, y, width, height }: PixelBox): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let row = 0; row < height; row++) {
    const from = ((y + row) * image.width + x) * 3;
    data.set(image.data.subarray(from, from + width * 3), row * width * 3);
  }
  return { data, width, height };
}

/** Halves an image by averaging 2 x 2 pixels; an odd last row or column is dropped. */
function halve(image: RgbImage): RgbImage {
  const width = Math.max(1, image.width >> 1);
  const height = Math.max(1, image.height >> 1);
  const data = new Uint8Array(width * height * 3);
  const { data: source, width: sourceWidth } = image;
  const right = image.width > 1 ? 3 : 0;
  const below = image.height > 1 ? sourceWidth * 3 : 0;
  for (let y = 0; y < height; y++) {
    let from = 2 * y * sourceWidth * 3;
    let to = y * width * 3;
    for (let x = 0; x < width; x++, from += 6, to += 3) {
      for (let c = 0; c < 3; c++) {
        const at = from + c;
        data[to + c] = (source[at]! + source[at + right]! + source[at + below]! + source[at + below + right]! + 2) >> 2;
      }
    }
  }
  return { data, width, height };
}

/**
 * An image with its halves, quarters ..., made when first asked for. Reading a reduced image from the level just above
 * the wanted size is what keeps bilinear sampling free of aliasing when a face of a large photo becomes a small chip.
 */
export class ImagePyramid {
  readonly #levels: RgbImage[];

  constructor(readonly image: RgbImage) {
    this.#levels = [image];
  }

  /**
   * @param reduction source pixels per wanted pixel.
   * @returns the smallest level that still has at least one pixel per wanted pixel, and its size relative to the image (1, 1/2, 1/4 ...).
   */
  levelFor(reduction: number): { readonly image: RgbImage; readonly scaleX: number; readonly scaleY: number } {
    const depth = Math.max(0, Math.min(6, Math.floor(Math.log2(Math.max(1, reduction)))));
    while (this.#levels.length <= depth) this.#levels.push(halve(this.#levels[this.#levels.length - 1]!));
    const image = this.#levels[depth]!;
    return { image, scaleX: 1 / 2 ** depth, scaleY: 1 / 2 ** depth };
  }
}
