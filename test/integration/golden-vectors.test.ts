import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { judgeEnrolled } from '../../src/cli/models/enrolled-face';
import { similarityOf } from '../../src/domain/calibration';
import { distanceBetween } from '../../src/domain/distance';
import type { AnalyzedImage } from '../../src/ports/face-analyzer';
import { everyFace, hasLocalModels, startAnalyzer, testPlaces } from '../fixtures/analyzer';
import { goldenPacks, toVector, type GoldenFace } from '../fixtures/golden';
import { partyPhoto } from '../fixtures/photos';
import { testWhere } from '../fixtures/needs';

/** The vector of the same points, whatever runs the net. */
const SAME_VECTOR = 1e-4;
/** The similarity that a stored face is found with, whatever finds the points. */
const SAME_SIMILARITY = 0.1;
/** The similarity of a face with itself when its points have moved a little. */
const SAME_FACE = 99;
/** Degrees that a face may lean and still be looked at as the first release did. */
const LEVEL = 25;

const rollOf = (points: readonly number[]): number =>
  (Math.atan2(points[3]! - points[1]!, points[2]! - points[0]!) * 180) / Math.PI;

/** What the database keeps of a face. */
function storedAs(image: AnalyzedImage, [x, y, width, height]: GoldenFace['box'], points: readonly number[]) {
  const point = (i: number) => ({ x: points[2 * i]! / image.width, y: points[2 * i + 1]! / image.height });
  return {
    boundingBox: {
      left: x / image.width,
      top: y / image.height,
      width: width / image.width,
      height: height / image.height,
    },
    landmarks: { eyeLeft: point(0), eyeRight: point(1), nose: point(2), mouthLeft: point(3), mouthRight: point(4) },
    image,
  };
}

describe.each(goldenPacks())('what the first release embedded with $pack', ({ pack, embeddingDigest, faces }) => {
  const test = testWhere(pack.startsWith('bundled') || hasLocalModels(`what ${pack} embedded`));

  test('comes out the same from the same five points', () => {
    const hook = path.join(__dirname, '../fixtures/typescript-hook.cjs');
    const script = path.join(__dirname, '../fixtures/embed-golden-faces.ts');
    const printed = execFileSync(process.execPath, ['--require', hook, script, JSON.stringify(testPlaces()), pack], {
      encoding: 'utf8',
    });
    const vectors = JSON.parse(printed) as number[][];
    for (const [i, { vector }] of faces.entries()) {
      const golden = toVector(vector);
      expect(vectors[i]).toHaveLength(golden.length);
      expect(Math.max(...golden.map((value, k) => Math.abs(value - vectors[i]![k]!)))).toBeLessThan(SAME_VECTOR);
    }
  });

  test('is as similar to the level faces of whole photographs, passes a second look, and is served under the same digest', async () => {
    const analyzer = await startAnalyzer([pack]);
    try {
      const [{ metric, calibration, embeddingDigest: digest }] = analyzer.packs() as [
        ReturnType<typeof analyzer.packs>[number],
      ];
      expect(digest).toBe(embeddingDigest);
      const between = (a: Float32Array, b: Float32Array): number =>
        similarityOf(calibration!, distanceBetween(metric, a, b));
      for (const { sample, box, points, vector } of faces) {
        const found = await analyzer.analyze(everyFace(analyzer, partyPhoto(sample)));
        const [x, y, width, height] = box;
        const today = found.faces.find(({ boundingBox }) => {
          const dx = (boundingBox.left + boundingBox.width / 2) * found.width - (x + width / 2);
          const dy = (boundingBox.top + boundingBox.height / 2) * found.height - (y + height / 2);
          return Math.hypot(dx, dy) < width / 4;
        });
        expect(today?.embedding).toBeDefined();
        expect(judgeEnrolled([storedAs(found, box, points)], found)).toEqual([undefined]);
        const level = Math.abs(rollOf(points)) < LEVEL;
        // A face that lies over is looked at upright now, which moves its points: it is still the same face.
        if (!level) expect(between(today!.embedding!, toVector(vector))).toBeGreaterThan(SAME_FACE);
        for (const other of level ? faces : []) {
          const then = between(toVector(vector), toVector(other.vector));
          const now = between(today!.embedding!, toVector(other.vector));
          expect(Math.abs(now - then)).toBeLessThanOrEqual(SAME_SIMILARITY);
        }
      }
    } finally {
      await analyzer.close();
    }
  });
});
