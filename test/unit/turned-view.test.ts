import type { Detection } from '../../workers/pipeline/detection';
import { arePointsOfAFace } from '../../workers/pipeline/face-shape';
import { ImagePyramid, type RgbImage } from '../../workers/pipeline/image';
import { rollOf } from '../../workers/pipeline/pose';
import type { InputFormat } from '../../workers/pipeline/tensor-input';
import { turnDetection, turnImage } from '../../workers/pipeline/turned-image';
import {
  fromView,
  toImage,
  toRegion,
  turnBetween,
  viewRegion,
  writeView,
  type Quarter,
  type Region,
} from '../../workers/pipeline/turned-view';

const PLAIN: InputFormat = { colour: 'RGB', layout: 'NHWC', mean: [0, 0, 0], std: [1, 1, 1] };
const QUARTERS: readonly Quarter[] = [0, 1, 2, 3];

/** Red grows to the right, green downwards. */
const ramp: RgbImage = (() => {
  const [width, height] = [80, 60];
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data.set([3 * x, 4 * y, 0], (y * width + x) * 3);
  }
  return { data, width, height };
})();

describe('turns', () => {
  it.each([
    [0, 90, 90],
    [350, 10, 20],
    [10, 350, -20],
    [-90, 270, 0],
    [0, 540, -180],
  ])('from %d to %d degrees it is %d', (from, to, turn) => {
    expect(turnBetween(from, to)).toBe(turn);
  });
});

describe('views of turned regions', () => {
  const region = (roll: number): Region => ({ x: 40, y: 30, width: 16, height: 16, roll });

  it.each([0, 30, 90, 180, 215, 270])('show each pixel of a region turned by %d degrees where it lies', (roll) => {
    const { data } = viewRegion(new ImagePyramid(ramp), region(roll), 16);
    for (const [column, row] of [
      [0, 0],
      [15, 0],
      [4, 11],
    ] as const) {
      const [x, y] = toImage(region(roll), (column + 0.5) / 16, (row + 0.5) / 16);
      expect(data[(row * 16 + column) * 3]).toBeCloseTo(3 * (x - 0.5), 3);
      expect(data[(row * 16 + column) * 3 + 1]).toBeCloseTo(4 * (y - 0.5), 3);
    }
  });

  it('repeat the border outside the image', () => {
    const { data } = viewRegion(new ImagePyramid(ramp), { x: 0, y: 0, width: 8, height: 8, roll: 0 }, 8);
    expect([...data.slice(0, 3)]).toEqual([0, 0, 0]);
  });

  it('are written for a quarter turn as a region turned by as much shows them', () => {
    const pyramid = new ImagePyramid(ramp);
    for (const quarter of QUARTERS) {
      const expected = viewRegion(pyramid, region(90 * quarter), 16).data;
      const written = new Float32Array(16 * 16 * 3);
      writeView(viewRegion(pyramid, region(0), 16), quarter, PLAIN, written, 0);
      written.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 2));
    }
  });

  it('can be a tile of a mosaic', () => {
    const view = { data: Float32Array.from({ length: 12 }, (_, i) => i + 1), size: 2 };
    const into = new Float32Array(4 * 4 * 3);
    writeView(view, 0, PLAIN, into, 0, { x: 2, y: 1, side: 4 });
    expect([...into.slice((1 * 4 + 2) * 3, (1 * 4 + 4) * 3)]).toEqual([1, 2, 3, 4, 5, 6]);
    expect([...into.slice((2 * 4 + 2) * 3, (2 * 4 + 4) * 3)]).toEqual([7, 8, 9, 10, 11, 12]);
    expect(into.filter((value) => value !== 0)).toHaveLength(12);
  });

  it('bring what is found in them into the image and back', () => {
    const turned: Region = { x: 200, y: 100, width: 64, height: 64, roll: 180 };
    const seen: Detection = { box: { x: 8, y: 8, width: 16, height: 16 }, roll: 0, score: 0.9, points: [16, 16] };
    const { box, roll, points } = fromView(seen, turned, 32);
    expect([box.x, box.y, box.width, box.height].map(Math.round)).toEqual([184, 84, 32, 32]);
    expect(roll).toBe(180);
    expect(points!.map(Math.round)).toEqual([200, 100]);
    const [x, y] = toRegion(turned, ...toImage(turned, 0.2, 0.7));
    expect([x, y]).toEqual([expect.closeTo(0.2, 9), expect.closeTo(0.7, 9)]);
  });
});

describe('turned images', () => {
  it.each(QUARTERS)('have what was found in them %d quarters turned where it lies in the image', (quarter) => {
    const turned = turnImage(ramp, quarter);
    expect(turned.width).toBe(quarter % 2 === 0 ? 80 : 60);
    // The pixel at (10, 20) of the turned image, as a detection of one pixel.
    const at = (20 * turned.width + 10) * 3;
    const found: Detection = { box: { x: 10, y: 20, width: 1, height: 1 }, roll: 0, score: 1, points: [10.5, 20.5] };
    const { box, roll, points } = turnDetection(found, quarter, ramp, 2);
    expect([turned.data[at], turned.data[at + 1]]).toEqual([3 * (points![0]! / 2 - 0.5), 4 * (points![1]! / 2 - 0.5)]);
    expect(roll).toBe(90 * quarter);
    expect([box.x + 1, box.y + 1, box.width]).toEqual([points![0], points![1], 2]);
  });
});

describe('the shape of a face', () => {
  const points = [40, 50, 60, 50, 50, 62, 43, 74, 57, 74];
  const detection = (roll = 0): Detection => ({
    box: { x: 28, y: 30, width: 44, height: 56 },
    roll,
    score: 0.9,
    points,
  });
  /** Turned about the middle of the box. */
  const turn = (roll: number): number[] => {
    const [cos, sin] = [Math.cos((roll * Math.PI) / 180), Math.sin((roll * Math.PI) / 180)];
    return points.flatMap((_, i) => {
      if (i % 2) return [];
      const [dx, dy] = [points[i]! - 50, points[i + 1]! - 58];
      return [50 + cos * dx - sin * dy, 58 + sin * dx + cos * dy];
    });
  };

  it.each([0, 30, 90, 179, -60, -135])('holds for a face turned by %d degrees, whose roll is told', (roll) => {
    expect(rollOf(turn(roll))).toBeCloseTo(roll, 6);
    expect(arePointsOfAFace({ ...detection(roll), points: turn(roll) }, turn(roll))).toBe(true);
  });

  it('holds for a profile, whose points are narrow', () => {
    const profile = [36, 50, 46, 50, 32, 62, 37, 74, 45, 74];
    expect(arePointsOfAFace({ ...detection(), points: profile }, profile)).toBe(true);
  });

  it.each([
    ['the eyes lie below the mouth', turn(180)],
    ['the face lies on its side', turn(90)],
    ['eyes and mouth are crossed', [60, 50, 40, 50, 50, 62, 57, 74, 43, 74]],
    ['the nose lies below the mouth', [40, 50, 60, 50, 50, 84, 43, 74, 57, 74]],
    ['a point lies far outside', [40, 50, 60, 50, 50, 62, 43, 74, 97, 74]],
    ['all points lie together', points.map((value, i) => (i % 2 ? 58 : 50) + (value - (i % 2 ? 58 : 50)) / 5)],
    ['the detector saw it elsewhere', points.map((value, i) => value + (i % 2 ? 0 : 20))],
  ])('does not hold where %s', (_, wrong) => {
    expect(arePointsOfAFace(detection(), wrong)).toBe(false);
  });
});
