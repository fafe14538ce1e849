import { squareAroundFace } from '../../src/domain/face-crop';

describe('squareAroundFace', () => {
  it('is centred on the face, its longer side and the margins wide', () => {
    const rect = squareAroundFace({ left: 0.4, top: 0.4, width: 0.1, height: 0.2 }, 1_000, 1_000, 0.3);
    expect(rect).toEqual({ left: 290, top: 340, width: 320, height: 320 });
  });

  it('moves inwards at a border instead of shrinking', () => {
    const rect = squareAroundFace({ left: -0.05, top: 0.95, width: 0.1, height: 0.1 }, 1_000, 1_000, 0.3);
    expect(rect).toEqual({ left: 0, top: 840, width: 160, height: 160 });
  });

  it('is no larger than the image’s shorter side', () => {
    const rect = squareAroundFace({ left: 0.1, top: 0, width: 0.8, height: 1 }, 600, 400, 0.3);
    expect(rect).toEqual({ left: 100, top: 0, width: 400, height: 400 });
  });

  it('always lies inside the image, in whole pixels', () => {
    for (let i = 0; i < 2_000; i++) {
      const [a, b, c, d, e, f] = Array.from({ length: 6 }, Math.random) as [
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      const width = 1 + Math.floor(a * 500);
      const height = 1 + Math.floor(b * 500);
      const rect = squareAroundFace(
        { left: c * 1.4 - 0.2, top: d * 1.4 - 0.2, width: e, height: f },
        width,
        height,
        0.3,
      );
      expect(Object.values(rect).every(Number.isInteger)).toBe(true);
      expect(rect.width).toBeGreaterThan(0);
      expect(
        Math.min(rect.left, rect.top, width - rect.left - rect.width, height - rect.top - rect.height),
      ).toBeGreaterThanOrEqual(0);
    }
  });
});
