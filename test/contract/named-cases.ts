import sharp from 'sharp';
import { findCandidates } from '../../src/domain/face-selection';
import type { AnalyzedFace } from '../../src/ports/face-analyzer';
import type { ThreadedFaceAnalyzer } from '../../workers/inference/threaded-face-analyzer';
import { everyFace, similarityWith, startAnalyzer } from '../fixtures/analyzer';
import { findTestData, type Box, type TestData } from '../fixtures/photos';
import { suiteWhere } from '../fixtures/needs';

/** The small inputs that once failed, with the right value of each. */
export function describeNamedCases(pack: string): void {
  const found = findTestData(`the named cases with ${pack}`);
  suiteWhere(found !== undefined)(`the named cases with ${pack}`, () => {
    const data = found as TestData;
    let analyzer: ThreadedFaceAnalyzer;
    beforeAll(async () => {
      analyzer = await startAnalyzer([pack]);
    });
    afterAll(() => analyzer.close());

    const facesOf = async (image: Buffer): Promise<readonly AnalyzedFace[]> =>
      (await analyzer.analyze(everyFace(analyzer, image))).faces;
    const onlyFaceOf = async (name: string): Promise<AnalyzedFace> => {
      const faces = await facesOf(data.photo(name));
      expect(faces).toHaveLength(1);
      expect(faces[0]!.rejections).toEqual([]);
      return faces[0]!;
    };
    const similarity = (a: AnalyzedFace, b: AnalyzedFace): number => similarityWith(analyzer, a, b);

    test.each([
      ['upside-down-1.jpg', 'joe_biden/biden.jpg'],
      ['upside-down-2.jpg', 'barack_obama/obama.jpg'],
    ])('%s is found as in its upright original, and is like it', async (turned, upright) => {
      const face = await onlyFaceOf(`cases/${turned}`);
      const original = await onlyFaceOf(`celebrities/${upright}`);
      expect(overlap(face.boundingBox, halfTurned(original.boundingBox))).toBeGreaterThan(0.7);
      const tolerance = 0.12 * original.boundingBox.width;
      for (const name of ['eyeLeft', 'eyeRight', 'nose', 'mouthLeft', 'mouthRight'] as const) {
        const { x, y } = original.landmarks[name];
        expect(Math.abs(face.landmarks[name].x - (1 - x))).toBeLessThan(tolerance);
        expect(Math.abs(face.landmarks[name].y - (1 - y))).toBeLessThan(tolerance);
      }
      expect(Math.abs(face.pose.roll)).toBeGreaterThan(160);
      expect(similarity(face, original)).toBeGreaterThan(95);
    });

    test('two different people who stand on their heads are strangers', async () => {
      const [first, second] = [
        await onlyFaceOf('cases/upside-down-1.jpg'),
        await onlyFaceOf('cases/upside-down-2.jpg'),
      ];
      expect(similarity(first, second)).toBeLessThan(60);
    });

    test('lettering beside a face is none', async () => {
      const { boundingBox } = await onlyFaceOf('cases/lettering-beside-face.jpg');
      expect(Math.abs(boundingBox.left - 0.39)).toBeLessThan(0.05);
      expect(Math.abs(boundingBox.top - 0.1)).toBeLessThan(0.1);
    });

    test('a face that fills the image is found, whole', async () => {
      const { boundingBox } = await onlyFaceOf('cases/face-fills-picture.png');
      expect(boundingBox.width).toBeGreaterThan(0.6);
      expect(boundingBox.height).toBeGreaterThan(0.6);
    });

    test('a forehead is no face of its own', async () => {
      const { boundingBox } = await onlyFaceOf('cases/close-up-two-boxes.jpg');
      expect(boundingBox.width).toBeGreaterThan(0.5);
    });

    test.each(['jpeg-without-end-marker.jpg', 'jpeg-last-byte-missing.jpg'])('%s shows one face', async (name) => {
      await onlyFaceOf(`cases/${name}`);
    });

    test('none of them leaves it open whose face it is', async () => {
      for (const name of ['lettering-beside-face.jpg', 'close-up-two-boxes.jpg', 'face-fills-picture.png']) {
        const image = await analyzer.analyze(everyFace(analyzer, data.photo(`cases/${name}`), { maxFaces: 1 }));
        expect([name, findCandidates(image).length]).toEqual([name, 1]);
      }
    });

    test('every face of a crowd is found once', async () => {
      const faces = await facesOf(data.photo('groups/solvay1927.jpg'));
      expect(faces).toHaveLength(29);
      const doubles = faces.flatMap((a, i) => faces.slice(0, i).filter((b) => similarity(a, b) > 99));
      expect(doubles).toEqual([]);
    });

    test('a larger face at the border does not take the place of the one in the image', async () => {
      const photo = data.photo('groups/two_people.jpg');
      const [left, right] = [...(await facesOf(photo))].sort((a, b) => a.boundingBox.left - b.boundingBox.left);
      // Half of one face is cut off; what is left of it is not what the image is of.
      const { width, height } = await sharp(photo).metadata();
      const cut = Math.round((right!.boundingBox.left + right!.boundingBox.width * 0.45) * width);
      const cropped = await sharp(photo)
        .extract({ left: 0, top: 0, width: cut, height })
        .jpeg({ quality: 95 })
        .toBuffer();
      const [first] = await facesOf(cropped);
      expect(similarity(first!, left!)).toBeGreaterThan(95);
    });
  });
}

/** Where a box comes to lie when its image is turned by 180 degrees. */
const halfTurned = (box: Box): Box => ({ ...box, left: 1 - box.left - box.width, top: 1 - box.top - box.height });

/** Intersection over union, 0-1. */
function overlap(a: Box, b: Box): number {
  const shared = (start: 'left' | 'top', length: 'width' | 'height'): number =>
    Math.max(0, Math.min(a[start] + a[length], b[start] + b[length]) - Math.max(a[start], b[start]));
  const both = shared('left', 'width') * shared('top', 'height');
  return both / (a.width * a.height + b.width * b.height - both);
}
