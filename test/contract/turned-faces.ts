import sharp from 'sharp';
import { distanceBetween } from '../../src/domain/distance';
import { similarityOf } from '../../src/domain/calibration';
import type { AnalyzedFace, AnalyzedImage } from '../../src/ports/face-analyzer';
import type { ThreadedFaceAnalyzer } from '../../workers/inference/threaded-face-analyzer';
import { everyFace, startAnalyzer } from '../fixtures/analyzer';
import { findTestData, partyPhoto } from '../fixtures/photos';

const ANGLES = [30, 60, 90, 135, 180, 225, 270, 315] as const;

const turn = (image: Buffer, angle: number): Promise<Buffer> =>
  sharp(image).rotate(angle, { background: '#204060' }).jpeg({ quality: 95 }).toBuffer();

const byWidth = ({ faces }: AnalyzedImage): AnalyzedFace[] => [...faces].sort((a, b) => b.sizePx - a.sizePx);
const apart = (a: number, b: number): number => Math.abs(((((a - b) % 360) + 540) % 360) - 180);

/** What every pack must do with faces that are not upright, on photographs that an npm dependency carries and on the failures of old. */
export function describeTurnedFaces(pack: string): void {
  describe(`Turned faces with ${pack}`, () => {
    let analyzer: ThreadedFaceAnalyzer;
    const look = (image: Uint8Array): Promise<AnalyzedImage> => analyzer.analyze(everyFace(analyzer, image));
    const similarity = (a: AnalyzedFace, b: AnalyzedFace): number => {
      const { metric, calibration } = analyzer.packs()[0]!;
      return similarityOf(calibration!, distanceBetween(metric, a.embedding!, b.embedding!));
    };

    beforeAll(async () => {
      analyzer = await startAnalyzer([pack], { threads: 2 });
    }, 120_000);

    afterAll(() => analyzer?.close());

    it('finds every face of a group at any angle, as itself, with its roll, its size and its left and right', async () => {
      const photo = await sharp(partyPhoto(3)).resize(900).jpeg({ quality: 95 }).toBuffer();
      const upright = byWidth(await look(photo));
      expect(upright).toHaveLength(3);
      for (const angle of ANGLES) {
        const turned = await look(await turn(photo, angle));
        expect([angle, turned.faces.length]).toEqual([angle, 3]);
        for (const face of upright) {
          const same = turned.faces.reduce((a, b) => (similarity(face, a) > similarity(face, b) ? a : b));
          expect(similarity(face, same)).toBeGreaterThan(99);
          expect(apart(same.pose.roll, face.pose.roll + angle)).toBeLessThan(12);
          expect(same.sizePx / face.sizePx).toBeGreaterThan(0.75);
          expect(same.sizePx / face.sizePx).toBeLessThan(1.35);
          const { eyeLeft, eyeRight, nose } = same.landmarks;
          const across = Math.atan2((eyeRight.y - eyeLeft.y) * turned.height, (eyeRight.x - eyeLeft.x) * turned.width);
          expect(apart((across * 180) / Math.PI, same.pose.roll)).toBeLessThan(25);
          expect(nose.x).toBeGreaterThan(same.boundingBox.left);
          expect(nose.x).toBeLessThan(same.boundingBox.left + same.boundingBox.width);
        }
        const strangers = turned.faces.flatMap((a, i) => turned.faces.slice(0, i).map((b) => similarity(a, b)));
        // Two of the three look somewhat alike upright too.
        for (const value of strangers) expect(value).toBeLessThan(90);
      }
    });

    it('finds upright and turned faces beside each other', async () => {
      const photo = await sharp(partyPhoto(3)).resize(700).jpeg({ quality: 95 }).toBuffer();
      const { height } = await sharp(photo).metadata();
      const upright = await look(photo);
      for (const angle of [90, 180, 270]) {
        const other = await turn(photo, angle);
        const size = await sharp(other).metadata();
        const both = await sharp({
          create: {
            width: 700 + size.width,
            height: Math.max(height, size.height),
            channels: 3,
            background: '#405060',
          },
        })
          .composite([
            { input: photo, left: 0, top: 0 },
            { input: other, left: 700, top: 0 },
          ])
          .jpeg({ quality: 95 })
          .toBuffer();
        const { faces } = await look(both);
        expect([angle, faces.length]).toEqual([angle, 6]);
        for (const face of upright.faces) {
          const same = faces.filter((found) => similarity(face, found) > 95);
          expect(same.map(({ pose }) => Math.round(apart(pose.roll, face.pose.roll) / 45)).sort()).toEqual([
            0,
            angle === 180 ? 4 : 2,
          ]);
        }
      }
    });

    const data = findTestData('Turned faces: pictures that failed');
    const withData = data ? it : it.skip;

    withData('finds an upside-down person as themselves, and two of them as two', async () => {
      const [first, second, biden, obama] = await Promise.all(
        [
          'cases/upside-down-1.jpg',
          'cases/upside-down-2.jpg',
          'celebrities/joe_biden/biden.jpg',
          'celebrities/barack_obama/obama.jpg',
        ].map(async (name) => (await look(data!.photo(name))).faces),
      );
      expect([first!.length, second!.length]).toEqual([1, 1]);
      expect(similarity(first![0]!, biden![0]!)).toBeGreaterThan(90);
      expect(similarity(second![0]!, obama![0]!)).toBeGreaterThan(90);
      expect(similarity(first![0]!, second![0]!)).toBeLessThan(80);
    });

    withData('takes no lettering and no forehead for a face', async () => {
      const beside = (await look(data!.photo('cases/lettering-beside-face.jpg'))).faces;
      expect(beside).toHaveLength(1);
      const { left, width, top, height } = beside[0]!.boundingBox;
      expect([left + width / 2, top + height / 2]).toEqual([expect.closeTo(0.52, 1), expect.closeTo(0.32, 1)]);
      expect((await look(data!.photo('cases/close-up-two-boxes.jpg'))).faces).toHaveLength(1);
      expect((await look(data!.photo('cases/face-fills-picture.png'))).faces).toHaveLength(1);
    });

    withData('finds every face of a crowd once', async () => {
      const { faces } = await look(data!.photo('groups/solvay1927.jpg'));
      expect(faces).toHaveLength(29);
      const doubles = faces.flatMap((a, i) => faces.slice(0, i).filter((b) => similarity(a, b) > 99));
      expect(doubles).toEqual([]);
    });
  });
}
