import type { FaceDetector } from '../../workers/inference/face-detector';
import { FaceFinder } from '../../workers/inference/face-finder';
import type { Detection } from '../../workers/pipeline/detection';
import { ImagePyramid } from '../../workers/pipeline/image';

const SIDE = 2_000;
const scores = { candidate: 0.2, glance: 0.5, seen: 0.7, likely: 0.65, sure: 0.85, clear: 0.88, lead: 0.02 };

/** Sees upright faces at the given places, whatever the detail. */
const detectorOf = (places: readonly Detection[]): FaceDetector => ({
  quarters: [0, 1, 2, 3],
  isDeafToTurned: false,
  scores,
  detect: () => Promise.resolve([...places]),
  lookAround: (_pyramid, regions) =>
    Promise.resolve(
      regions.map(({ x, y, width, roll }) => [
        { box: { x: x - width / 4, y: y - width / 4, width: width / 2, height: width / 2 }, roll, score: 0.95 },
      ]),
    ),
});

test('of very many places the most prominent are looked at closely, and no others', async () => {
  const places = Array.from({ length: 2_000 }, (_, i): Detection => {
    const side = i < 100 ? 20 : 10;
    return { box: { x: (i % 50) * 40, y: Math.floor(i / 50) * 40, width: side, height: side }, roll: 0, score: 0.9 };
  });
  const looked: Detection[] = [];
  const finder = new FaceFinder(
    detectorOf(places),
    {
      find: (_pyramid, detection) => {
        looked.push(detection);
        const { x, y, width } = detection.box;
        const points = [0.3, 0.4, 0.7, 0.4, 0.5, 0.6, 0.35, 0.8, 0.65, 0.8];
        return Promise.resolve({
          points: points.map((part, i) => (i % 2 === 0 ? x : y) + part * width),
          confidence: detection.score,
        });
      },
    },
    { maxOverlap: 0.3, checksUpright: true },
  );
  const pixels = { data: new Uint8Array(SIDE * SIDE * 3), width: SIDE, height: SIDE };
  const faces = await finder.find(new ImagePyramid(pixels), { detect: 0, landmarks: 0 });
  expect(looked).toHaveLength(500);
  expect(faces).toHaveLength(500);
  expect(faces.filter(({ detection }) => detection.box.width === 20)).toHaveLength(100);
});
