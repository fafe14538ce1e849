import path from 'node:path';
import sharp from 'sharp';
import type { BoundingBox } from '../../domain/geometry';

/** A face to be looked at. */
export interface Sighting {
  readonly file: string;
  /** Absent where no face was found. */
  readonly boundingBox?: BoundingBox;
}

const TILE = 160;
const COLUMNS = 8;
const ROWS = 8;

/** The whole image, small, with a box about the face: what surrounds it tells a face from a pattern. */
async function tileOf({ file, boundingBox }: Sighting): Promise<Buffer> {
  return sharp(file, { autoOrient: true })
    .resize(TILE, TILE, { fit: 'fill' })
    .composite(boundingBox ? [{ input: frameOf(boundingBox) }] : [])
    .jpeg()
    .toBuffer();
}

function frameOf({ left, top, width, height }: BoundingBox): Buffer {
  const [x, y, w, h] = [left, top, width, height].map((ratio) => Math.round(ratio * TILE));
  return Buffer.from(
    `<svg width="${TILE}" height="${TILE}"><rect x="${x}" y="${y}" width="${w}" height="${h}" fill="none" stroke="yellow"/></svg>`,
  );
}

/** Writes `<name>-<n>.jpg` with 64 images each, row by row in the order given. @returns the files. */
export async function writeContactSheets(
  folder: string,
  name: string,
  sightings: readonly Sighting[],
): Promise<string[]> {
  const files: string[] = [];
  for (let start = 0; start < sightings.length; start += COLUMNS * ROWS) {
    const part = sightings.slice(start, start + COLUMNS * ROWS);
    const tiles = await Promise.all(part.map(tileOf));
    const file = path.join(folder, `${name}-${files.length + 1}.jpg`);
    await sharp({ create: { width: COLUMNS * TILE, height: ROWS * TILE, channels: 3, background: 'black' } })
      .composite(tiles.map((input, i) => ({ input, left: (i % COLUMNS) * TILE, top: Math.floor(i / COLUMNS) * TILE })))
      .jpeg({ quality: 90 })
      .toFile(file);
    files.push(file);
  }
  return files;
}
