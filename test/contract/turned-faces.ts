import sharp from 'sharp';
import type { AnalyzedFace, AnalyzedImage } from '../../src/ports/face-analyzer';
import type { ThreadedFaceAnalyzer } from '../../workers/inference/threaded-face-analyzer';
import { everyFace, similarityWith, startAnalyzer } from '../fixtures/analyzer';
import { partyPhoto } from '../fixtures/photos';

const ANGLES = [30, 60, 90, 135, 180, 225, 270, 315] as const;

const turn = (image: Buffer, angle: number): Promise<Buffer> =>
  sharp(image).rotate(angle, { background: '#204060' }).jpeg({ quality: 95 }).toBuffer();

const byWidth = ({ faces }: AnalyzedImage): AnalyzedFace[] => [...faces].sort((a, b) => b.sizePx - a.sizePx);
const apart = (a: number, b: number): number => Math.abs(((((a - b) % 360) + 540) % 360) - 180);

/** What every pack must do with faces that are not upright, on photographs that an npm dependency carries. */
export function describeTurnedFaces(pack: string): void {
  describe(`Turned faces with ${pack}`, () => {
    let analyzer: ThreadedFaceAnalyzer;
    const look = (image: Uint8Array): Promise<AnalyzedImage> => analyzer.analyze(everyFace(analyzer, image));
    const similarity = (a: AnalyzedFace, b: AnalyzedFace): number => similarityWith(analyzer, a, b);

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
  });
}
