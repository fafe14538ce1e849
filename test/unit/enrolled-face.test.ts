import { enrolledRoll, judgeEnrolled } from '../../src/cli/models/enrolled-face';
import type { Landmarks } from '../../src/domain/geometry';
import type { UnindexedReason } from '../../src/domain/quality';
import type { AnalyzedFace } from '../../src/ports/face-analyzer';

const image = { width: 800, height: 400 };

/** A face of 80 pixels at a place, in pixels, turned clockwise. */
function faceAt(x: number, y: number, degrees = 0, rejections: readonly UnindexedReason[] = []): AnalyzedFace {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const point = (dx: number, dy: number) => ({
    x: (x + dx * cos - dy * sin) / image.width,
    y: (y + dx * sin + dy * cos) / image.height,
  });
  const landmarks: Landmarks = {
    eyeLeft: point(-16, -12),
    eyeRight: point(16, -12),
    nose: point(0, 4),
    mouthLeft: point(-12, 20),
    mouthRight: point(12, 20),
  };
  return {
    boundingBox: { left: (x - 40) / image.width, top: (y - 40) / image.height, width: 0.1, height: 0.2 },
    landmarks,
    pose: { pitch: 0, roll: degrees, yaw: 0 },
    quality: { brightness: 50, sharpness: 50 },
    confidence: 99,
    sizePx: 80,
    rejections,
  };
}

const judge = (then: AnalyzedFace, ...now: AnalyzedFace[]) => judgeEnrolled([{ ...then, image }], { faces: now })[0];

describe('What a second look says against an enrolled face', () => {
  it('is nothing where it is found the same way up, by whatever box', () => {
    expect(judge(faceAt(200, 200), faceAt(600, 200, 180), faceAt(225, 215, 20))).toBeUndefined();
    expect(judge(faceAt(200, 200, 175), faceAt(200, 200, -170))).toBeUndefined();
  });

  it('is that it is the other way up where the points then say otherwise, whatever pose was stored', () => {
    for (const [then, now] of [
      [0, 180],
      [0, 90],
      [150, -150],
      [-10, 40],
    ] as const) {
      const stored = { ...faceAt(200, 200, then), pose: { pitch: 0, roll: now, yaw: 0 } };
      const verdict = judge(stored, faceAt(200, 200, now));
      expect(verdict).toEqual({ fault: 'OTHER_WAY_UP', rollThen: expect.closeTo(then, 5), rollNow: now });
    }
  });

  it('is that it is not found where the nearest face is another', () => {
    expect(judge(faceAt(200, 200), faceAt(265, 200))).toMatchObject({ fault: 'NOT_FOUND', rollNow: null });
    expect(judge(faceAt(200, 200))).toMatchObject({ fault: 'NOT_FOUND' });
  });

  it('is of each its own: a face that has gone is not taken for a neighbour that is there', () => {
    // Two faces so close that the one's box lies on a third of the other's.
    const then = [faceAt(200, 200), faceAt(240, 200)].map((face) => ({ ...face, image }));
    expect(judgeEnrolled(then, { faces: [faceAt(242, 200)] })).toEqual([
      expect.objectContaining({ fault: 'NOT_FOUND' }),
      undefined,
    ]);
    expect(judgeEnrolled(then, { faces: [faceAt(236, 200), faceAt(205, 200)] })).toEqual([undefined, undefined]);
    expect(judgeEnrolled(then, { faces: [faceAt(202, 200, 180), faceAt(238, 200)] })).toEqual([
      expect.objectContaining({ fault: 'OTHER_WAY_UP' }),
      undefined,
    ]);
  });

  it('is that it is misaligned, and never that the image has too many faces', () => {
    expect(judge(faceAt(200, 200), faceAt(200, 200, 180, ['MISALIGNED']))).toMatchObject({ fault: 'MISALIGNED' });
    expect(judge(faceAt(200, 200), faceAt(200, 200, 0, ['EXCEEDS_MAX_FACES']))).toBeUndefined();
  });

  it('measures the roll in pixels, not in ratios', () => {
    expect(enrolledRoll({ ...faceAt(200, 200, 45), image })).toBeCloseTo(45, 5);
  });
});
