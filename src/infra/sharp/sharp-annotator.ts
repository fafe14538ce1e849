import sharp from 'sharp';
import type { BoundingBox } from '../../domain/geometry';

export interface Annotation {
  readonly boundingBox: BoundingBox;
  /** Shown beside the box, 0-999. */
  readonly number: number;
  /** CSS colour. */
  readonly colour: string;
}

/** Strokes of a digit in a cell of 1 x 2: drawn as lines, since a bare machine has no fonts. */
const SEGMENTS: Readonly<Record<string, string>> = {
  top: 'M0 0H1',
  upperRight: 'M1 0V1',
  lowerRight: 'M1 1V2',
  bottom: 'M0 2H1',
  lowerLeft: 'M0 1V2',
  upperLeft: 'M0 0V1',
  middle: 'M0 1H1',
};
const NAMES = Object.keys(SEGMENTS);
/** Segments of 0-9 as bits, in the order of `NAMES`. */
const DIGITS = [
  0b0111111, 0b0000110, 0b1011011, 0b1001111, 0b1100110, 0b1101101, 0b1111101, 0b0000111, 0b1111111, 0b1101111,
];

function drawNumber(value: number, x: number, y: number, size: number): string {
  return [...String(value)]
    .map((digit, index) => {
      const path = NAMES.filter((_, bit) => (DIGITS[Number(digit)]! >> bit) & 1).map((name) => SEGMENTS[name]);
      return `<path transform="translate(${x + index * size * 0.9} ${y}) scale(${size / 2})" d="${path.join('')}"/>`;
    })
    .join('');
}

/**
 * Draws numbered boxes on a picture.
 * @returns JPEG, upright, at most 2,000 pixels a side.
 */
export async function annotatePicture(image: Uint8Array, annotations: readonly Annotation[]): Promise<Buffer> {
  const { data, info } = await sharp(image, { autoOrient: true })
    .resize({ width: 2_000, height: 2_000, fit: 'inside', withoutEnlargement: true })
    .flatten({ background: '#ffffff' })
    .jpeg({ quality: 95 })
    .toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  const stroke = Math.max(2, Math.round(Math.min(width, height) / 250));
  const size = Math.max(14, Math.round(Math.min(width, height) / 30));
  const marks = annotations.map(({ boundingBox: box, number, colour }) => {
    const [x, y] = [box.left * width, box.top * height];
    const plate = {
      x,
      y: Math.max(0, y - size * 1.6),
      width: size * (0.8 + 0.9 * String(number).length),
      height: size * 1.6,
    };
    return `
      <rect x="${x}" y="${y}" width="${box.width * width}" height="${box.height * height}" fill="none" stroke="${colour}" stroke-width="${stroke}"/>
      <rect x="${plate.x}" y="${plate.y}" width="${plate.width}" height="${plate.height}" fill="${colour}"/>
      <g fill="none" stroke="#fff" stroke-width=".3" stroke-linecap="round" stroke-linejoin="round">
        ${drawNumber(number, plate.x + size * 0.5, plate.y + size * 0.3, size)}
      </g>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${marks.join('')}</svg>`;
  return sharp(data)
    .composite([{ input: Buffer.from(svg) }])
    .jpeg({ quality: 88 })
    .toBuffer();
}
