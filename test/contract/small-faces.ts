import sharp from 'sharp';
import type { ThreadedFaceAnalyzer } from '../../workers/inference/threaded-face-analyzer';
import { everyFace, startAnalyzer } from '../fixtures/analyzer';
import { partyPhoto } from '../fixtures/photos';

/** Shorter side of the smallest face that is pasted, in pixels. */
const SMALLEST = 56;
/** Corners of the pasted photographs, as parts of the room that there is for them: corners, edges, and places that no grid shares. */
const PLACES = [
  [0, 0],
  [0.31, 0.13],
  [0.66, 0.07],
  [1, 0.21],
  [0.07, 0.43],
  [0.37, 0.37],
  [0.7, 0.41],
  [0, 1],
  [0.29, 0.71],
  [0.53, 0.64],
  [0.83, 0.77],
  [1, 1],
] as const;

/** The middle of a face and its size, in pixels. */
interface Place {
  readonly x: number;
  readonly y: number;
  readonly size: number;
}

interface Shrunk {
  readonly image: Buffer;
  readonly width: number;
  readonly height: number;
  readonly faces: readonly Place[];
}

/** What every pack must do with faces that are small in a large image, on photographs that an npm dependency carries. */
export function describeSmallFaces(pack: string): void {
  describe(`Small faces with ${pack}`, () => {
    let analyzer: ThreadedFaceAnalyzer;
    let photos: Shrunk[];

    const findPlaces = async (image: Uint8Array): Promise<Place[]> => {
      const { faces, width, height } = await analyzer.analyze(everyFace(analyzer, image, { embed: false }));
      return faces.map(({ boundingBox: box, sizePx }) => ({
        x: (box.left + box.width / 2) * width,
        y: (box.top + box.height / 2) * height,
        size: sizePx,
      }));
    };

    /** A photograph so small that its smallest face has {@link SMALLEST} pixels. */
    const shrink = async (photo: Buffer): Promise<Shrunk> => {
      const faces = await findPlaces(photo);
      const size = await sharp(photo).metadata();
      const scale = SMALLEST / Math.min(...faces.map((face) => face.size));
      const [width, height] = [Math.round(size.width * scale), Math.round(size.height * scale)];
      const image = await sharp(photo).resize(width, height).png().toBuffer();
      return {
        image,
        width,
        height,
        faces: faces.map(({ x, y, size: side }) => ({ x: x * scale, y: y * scale, size: side * scale })),
      };
    };

    beforeAll(async () => {
      analyzer = await startAnalyzer([pack], { threads: 1 });
      photos = await Promise.all(([1, 3, 4, 5] as const).map((number) => shrink(partyPhoto(number))));
    }, 120_000);

    afterAll(() => analyzer?.close());

    it.each([
      [8000, 5333],
      [4000, 2667],
    ])(
      'finds each face of %i x %i pixels once, and nothing else',
      async (width, height) => {
        const expected: Place[] = [];
        const pasted = PLACES.map(([across, down], i) => {
          const photo = photos[i % photos.length]!;
          const left = Math.round((width - photo.width) * across);
          const top = Math.round((height - photo.height) * down);
          expected.push(...photo.faces.map(({ x, y, size }) => ({ x: left + x, y: top + y, size })));
          return { input: photo.image, left, top };
        });
        const image = await sharp({ create: { width, height, channels: 3, background: '#506048' } })
          .composite(pasted)
          .jpeg({ quality: 90 })
          .toBuffer();
        const found = await findPlaces(image);
        const times = expected.map(
          ({ x, y, size }) => found.filter((face) => Math.hypot(face.x - x, face.y - y) < size / 2).length,
        );
        expect(times).toEqual(expected.map(() => 1));
        expect(found).toHaveLength(expected.length);
      },
      60_000,
    );
  });
}
