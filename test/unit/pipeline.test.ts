import {
  applyTransform,
  fitSimilarity,
  invert,
  scaleTemplate,
  warpFace,
  writeChip,
} from '../../workers/pipeline/align';
import { decodeBlazeface } from '../../workers/pipeline/blazeface';
import { dropRepeats, overlap, suppress, type Detection } from '../../workers/pipeline/detection';
import { cropImage, ImagePyramid, type RgbImage } from '../../workers/pipeline/image';
import { estimatePose } from '../../workers/pipeline/pose';
import { measureQuality } from '../../workers/pipeline/quality';
import { resampleInto } from '../../workers/pipeline/resample';
import type { InputFormat } from '../../workers/pipeline/tensor-input';
import { distanceBetween } from '../../src/domain/distance';
import { centreUnit, makeUnit, norm } from '../../workers/pipeline/vector';
import { decodeYunet } from '../../workers/pipeline/yunet';

const POINTS = [40, 50, 60, 50, 50, 62, 43, 74, 57, 74];
const PLAIN: InputFormat = { colour: 'RGB', layout: 'NHWC', mean: [0, 0, 0], std: [1, 1, 1] };

function image(width: number, height: number, value: (x: number, y: number, c: number) => number): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) for (let c = 0; c < 3; c++) data[(y * width + x) * 3 + c] = value(x, y, c);
  }
  return { data, width, height };
}

describe('similarity transforms', () => {
  it('finds the rotation, scale and shift that made the points', () => {
    const made = { a: 1.3 * Math.cos(0.4), b: 1.3 * Math.sin(0.4), tx: 7, ty: -12 };
    const moved = POINTS.flatMap((_, i) => (i % 2 ? [] : applyTransform(made, POINTS[i]!, POINTS[i + 1]!)));
    const found = fitSimilarity(POINTS, moved);
    for (const key of ['a', 'b', 'tx', 'ty'] as const) expect(found[key]).toBeCloseTo(made[key], 9);
    const [x, y] = applyTransform(invert(found), ...applyTransform(found, 3, 4));
    expect([x, y]).toEqual([expect.closeTo(3, 9), expect.closeTo(4, 9)]);
  });

  it('never mirrors', () => {
    const mirrored = POINTS.map((value, i) => (i % 2 ? value : -value));
    const { a, b } = fitSimilarity(POINTS, mirrored);
    expect(a * a + b * b).toBeGreaterThan(0);
  });

  it('refuses points that coincide', () => {
    expect(() => fitSimilarity(new Array<number>(10).fill(5), POINTS)).toThrow(RangeError);
  });

  it('scales a template about the centre of the chip', () => {
    expect(scaleTemplate([64, 64, 0, 128], 128, 1.5)).toEqual([64, 64, -32, 160]);
  });
});

describe('sampling', () => {
  const ramp = image(64, 48, (x, y, c) => x + 2 * y + 10 * c);

  it('copies a face that already lies on the template', () => {
    const chip = warpFace(new ImagePyramid(ramp), POINTS.slice(0, 8), POINTS.slice(0, 8), 40);
    expect(chip.data[(20 * 40 + 10) * 3 + 1]).toBeCloseTo(10 + 40 + 10, 4);
  });

  it('leaves black what lies outside the image', () => {
    const chip = warpFace(new ImagePyramid(ramp), POINTS, POINTS, 100);
    expect(chip.data[(99 * 100 + 99) * 3]).toBe(0);
  });

  it('averages instead of skipping when a large face becomes a small chip', () => {
    const stripes = new ImagePyramid(image(512, 512, (x) => (x % 2 === 0 ? 0 : 255)));
    const chip = warpFace(
      stripes,
      POINTS.map((value) => value * 4),
      POINTS,
      100,
    );
    const inside = chip.data.subarray((50 * 100 + 10) * 3, (50 * 100 + 90) * 3);
    for (const value of inside) expect(Math.abs(value - 128)).toBeLessThan(2);
  });

  it('stretches a box into the layout, order and scale a net wants', () => {
    const into = new Float32Array(8 * 8 * 3);
    const format: InputFormat = { colour: 'BGR', layout: 'NCHW', mean: [1, 2, 3], std: [2, 2, 2] };
    resampleInto(new ImagePyramid(ramp), { x: 8, y: 8, width: 8, height: 8 }, 8, 8, format, into);
    const at = (c: number, x: number, y: number): number => into[c * 64 + y * 8 + x]!;
    expect(at(0, 3, 2)).toBeCloseTo((11 + 20 + 20 - 1) / 2, 4);
    expect(at(2, 3, 2)).toBeCloseTo((11 + 20 + 0 - 3) / 2, 4);
  });

  it('repeats the border outside the image', () => {
    const into = new Float32Array(4 * 4 * 3);
    resampleInto(new ImagePyramid(ramp), { x: -4, y: 0, width: 4, height: 4 }, 4, 4, PLAIN, into);
    expect(into[0]).toBeCloseTo(0, 4);
    expect(into[3 * 3]).toBeCloseTo(0, 4);
  });

  it('mirrors a chip', () => {
    const chip = { data: Float32Array.from({ length: 12 }, (_, i) => i), size: 2 };
    const into = new Float32Array(12);
    writeChip(chip, PLAIN, into, 0, true);
    expect([...into]).toEqual([3, 4, 5, 0, 1, 2, 9, 10, 11, 6, 7, 8]);
  });

  it('crops', () => {
    const crop = cropImage(ramp, { x: 5, y: 7, width: 3, height: 2 });
    expect([crop.width, crop.height, crop.data[0], crop.data[9]]).toEqual([3, 2, 19, 21]);
  });
});

describe('detections', () => {
  const at = (x: number, score: number, size = 10): Detection => ({
    box: { x, y: 0, width: size, height: size },
    roll: 0,
    score,
  });

  it('measures overlap', () => {
    expect(overlap(at(0, 1).box, at(5, 1).box)).toBeCloseTo(1 / 3, 9);
    expect(overlap(at(0, 1).box, at(20, 1).box)).toBe(0);
  });

  it('keeps the best box of a face, and a small box inside it goes', () => {
    const kept = suppress([at(0, 0.8), at(1, 0.9), at(3, 0.7, 3), at(30, 0.5)], 0.3);
    expect(kept.map(({ score }) => score)).toEqual([0.9, 0.5]);
  });

  it('keeps one of two boxes whose points turn out to lie on one face', () => {
    const shifted = POINTS.map((value) => value + 3);
    const other = POINTS.map((value) => value + 60);
    expect(dropRepeats([{ points: POINTS }, { points: shifted }, { points: other }])).toHaveLength(2);
  });

  it('decodes a YuNet cell', () => {
    const heads: Record<string, Float32Array> = {};
    for (const stride of [8, 16, 32]) {
      const cells = (64 / stride) ** 2;
      heads[`cls_${stride}`] = new Float32Array(cells);
      heads[`obj_${stride}`] = new Float32Array(cells);
      heads[`bbox_${stride}`] = new Float32Array(cells * 4);
      heads[`kps_${stride}`] = new Float32Array(cells * 10);
    }
    heads['cls_16']![5] = 0.81;
    heads['obj_16']![5] = 1;
    heads['bbox_16']!.set([0.5, 0.5, Math.log(2), Math.log(3)], 20);
    const [face, ...none] = decodeYunet(heads, 64, 64, 0.6);
    expect(none).toEqual([]);
    expect(face!.score).toBeCloseTo(0.9, 6);
    expect(face!.box.width).toBeCloseTo(32, 4);
    expect(face!.box.height).toBeCloseTo(48, 4);
    expect(face!.box.x).toBeCloseTo((1 + 0.5) * 16 - 16, 4);
    expect(face!.points!.slice(0, 2)).toEqual([16, 16]);
  });

  it('decodes a BlazeFace anchor', () => {
    const logits = [new Float32Array(512).fill(-9), new Float32Array(384).fill(-9)] as const;
    const boxes = [new Float32Array(512 * 16), new Float32Array(384 * 16)] as const;
    logits[1][0] = 4;
    boxes[1].set([4, 0, 40, 50]);
    const [face, ...none] = decodeBlazeface(logits, boxes, 100, 200, 512, 0.5);
    expect(none).toEqual([]);
    expect(face!.box).toEqual({ x: 100 + (16 + 4 - 20) * 2, y: 200 + (16 - 25) * 2, width: 80, height: 100 });
  });
});

describe('pose', () => {
  const turned = (yaw: number, pitch: number, roll: number): number[] => {
    const head = [
      [-1, -1.07, 0],
      [1, -1.07, 0],
      [0, -0.03, 0.9],
      [-0.78, 1.02, -0.02],
      [0.78, 1.02, -0.02],
    ];
    const [y, p, r] = [yaw, pitch, roll].map((value) => (value * Math.PI) / 180) as [number, number, number];
    return head.flatMap(([hx, hy, hz]) => {
      const x1 = hx! * Math.cos(y) + hz! * Math.sin(y);
      const z1 = -hx! * Math.sin(y) + hz! * Math.cos(y);
      const y1 = hy! * Math.cos(p) - z1 * Math.sin(p);
      return [100 + 20 * (x1 * Math.cos(r) - y1 * Math.sin(r)), 100 + 20 * (x1 * Math.sin(r) + y1 * Math.cos(r))];
    });
  };

  it.each([
    [0, 0, 0],
    [30, 0, 0],
    [-25, 0, 0],
    [0, 20, 0],
    [0, -20, 0],
    [0, 0, 35],
  ])('reads yaw %d, pitch %d, roll %d from the points of a turned head', (yaw, pitch, roll) => {
    const pose = estimatePose(turned(yaw, pitch, roll));
    expect(Math.abs(pose.yaw - yaw)).toBeLessThan(3);
    expect(Math.abs(pose.pitch - pitch)).toBeLessThan(3);
    expect(Math.abs(pose.roll - roll)).toBeLessThan(3);
  });
});

describe('quality', () => {
  const face = (value: (x: number, y: number) => number): RgbImage => image(100, 120, (x, y) => value(x, y));

  it('tells a dark face from a bright one, and a blurred one from a sharp one', () => {
    const measure = (image: RgbImage): ReturnType<typeof measureQuality> =>
      measureQuality(new ImagePyramid(image), POINTS);
    expect(measure(face(() => 20)).brightness).toBeLessThan(10);
    expect(measure(face(() => 230)).brightness).toBeGreaterThan(85);
    const sharp = measure(face((x, y) => (((x >> 2) + (y >> 2)) % 2 === 0 ? 60 : 190)));
    const blurred = measure(face((x, y) => 125 + 65 * Math.sin(x / 14) * Math.sin(y / 14)));
    expect(sharp.sharpness).toBeGreaterThan(blurred.sharpness + 20);
    for (const value of [sharp.sharpness, blurred.sharpness]) {
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThanOrEqual(100);
    }
  });
});

describe('vectors', () => {
  it('makes unit vectors, centred ones too, and says when there is no direction', () => {
    const vector = Float32Array.from([3, 4]);
    expect(makeUnit(vector)).toBe(true);
    expect(norm(vector)).toBeCloseTo(1, 6);
    expect(centreUnit(vector, Float32Array.from([0.6, 0]))).toBe(true);
    expect(vector[0]).toBeCloseTo(0, 6);
    expect(makeUnit(new Float32Array(2))).toBe(false);
    expect(makeUnit(Float32Array.from([NaN, 1]))).toBe(false);
    expect(makeUnit(Float32Array.from([Infinity, 1]))).toBe(false);
  });

  it('measures both distances', () => {
    const a = Float32Array.from([1, 0]);
    const b = Float32Array.from([0, 1]);
    expect(distanceBetween('COSINE', a, b)).toBe(1);
    expect(distanceBetween('EUCLIDEAN', a, b)).toBeCloseTo(Math.SQRT2, 9);
  });
});
