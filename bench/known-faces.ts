import { readFileSync } from 'node:fs';
import type { BoundingBox } from '../src/domain/geometry';

interface Spot {
  readonly x: number;
  readonly y: number;
}

/** Where in a set of portraits other faces are than those of the people it names, as somebody has seen who looked. */
export class KnownFaces {
  private constructor(private readonly spots: ReadonlyMap<string, readonly Spot[]>) {}

  /** Lines of `<image's name without folder and ending> <x> <y>`, the face's centre in hundredths of width and height. */
  static read(file: string): KnownFaces {
    const spots = new Map<string, Spot[]>();
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      if (line === '' || line.startsWith('#')) continue;
      const [name, x, y] = line.split(' ');
      const spot = { x: Number(x) / 100, y: Number(y) / 100 };
      if (!name || !Number.isFinite(spot.x + spot.y)) throw new Error(`${file}: "${line}" names no face`);
      spots.set(name, [...(spots.get(name) ?? []), spot]);
    }
    return new KnownFaces(spots);
  }

  /** Whether a face that was found is one of them: its box is drawn about it, off by half a side at most. */
  has(name: string, { left, top, width, height }: BoundingBox): boolean {
    return (this.spots.get(name) ?? []).some(
      ({ x, y }) => Math.abs(x - left - width / 2) <= width / 2 && Math.abs(y - top - height / 2) <= height / 2,
    );
  }
}
