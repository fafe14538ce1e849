import sharp from 'sharp';
import type { BoundingBox } from '../../domain/geometry';
import { STROKE_FONT } from './stroke-font';

export interface Annotation {
  readonly boundingBox: BoundingBox;
  /** Shown beside the box, 0-999. */
  readonly number: number;
  /** Whose face it is; undefined or null: only the number is drawn. */
  readonly name?: string | null;
  /** CSS colour. */
  readonly colour: string;
}

/** Type of 100 has capitals of 66 and tails down to -22. */
const CAPITAL = 0.66;
/** A longer name is cut short: it would hide the next face. */
const MAX_LETTERS = 32;

/** What is drawn beside a box: the number, and as much of the name as there are letters for. */
function labelOf({ number, name }: Annotation): string {
  const letters = [...(name ?? '')].flatMap((letter) =>
    // Of an accented letter that the font lacks, the letter is left.
    STROKE_FONT.has(letter) ? [letter] : [...letter.normalize('NFD')].filter((part) => STROKE_FONT.has(part)),
  );
  const cut = letters.length > MAX_LETTERS ? [...letters.slice(0, MAX_LETTERS - 3), '...'] : letters;
  return `${number} ${cut.join('')}`.trim();
}

function widthOf(label: string, size: number): number {
  return [...label].reduce((sum, letter) => sum + STROKE_FONT.get(letter)!.advance, 0) * (size / 100);
}

/** @param y of the base line. */
function drawLabel(label: string, x: number, y: number, size: number): string {
  let at = x;
  return [...label]
    .map((letter) => {
      const { advance, path } = STROKE_FONT.get(letter)!;
      const drawn = `<path transform="translate(${at} ${y}) scale(${size / 100} ${-size / 100})" d="${path}"/>`;
      at += advance * (size / 100);
      return drawn;
    })
    .join('');
}

/**
 * Draws boxes with numbers and names on an image.
 * @returns JPEG, upright, at most 2,000 pixels a side.
 */
export async function annotateImage(image: Uint8Array, annotations: readonly Annotation[]): Promise<Buffer> {
  const { data, info } = await sharp(image, { autoOrient: true })
    .resize({ width: 2_000, height: 2_000, fit: 'inside', withoutEnlargement: true })
    .flatten({ background: '#ffffff' })
    .jpeg({ quality: 95 })
    .toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  const stroke = Math.max(2, Math.round(Math.min(width, height) / 250));
  const size = Math.max(14, Math.round(Math.min(width, height) / 30));
  const marks = annotations.map((annotation) => {
    const { boundingBox: box, colour } = annotation;
    const [x, y] = [box.left * width, box.top * height];
    const label = labelOf(annotation);
    const plate = { width: widthOf(label, size) + size * 0.5, height: size * 1.3 };
    const left = Math.max(0, Math.min(x, width - plate.width));
    const top = Math.max(0, y - plate.height);
    return `
      <rect x="${x}" y="${y}" width="${box.width * width}" height="${box.height * height}" fill="none" stroke="${colour}" stroke-width="${stroke}"/>
      <rect x="${left}" y="${top}" width="${plate.width}" height="${plate.height}" fill="${colour}"/>
      <g fill="none" stroke="#fff" stroke-width="8" stroke-linecap="round" stroke-linejoin="round">
        ${drawLabel(label, left + size * 0.2, top + plate.height / 2 + (size * CAPITAL) / 2, size)}
      </g>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${marks.join('')}</svg>`;
  return sharp(data)
    .composite([{ input: Buffer.from(svg) }])
    .jpeg({ quality: 88 })
    .toBuffer();
}
