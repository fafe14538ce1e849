import { clipBox } from '../../src/domain/geometry';

describe('clipBox', () => {
  it('leaves a box inside the image as it is, to a millionth', () => {
    const box = { left: 0.1, top: 0.2, width: 0.3, height: 0.4 };
    expect(clipBox(box)).toEqual(box);
    expect(clipBox({ left: 0.12345678, top: 0, width: 0.5, height: 1 })).toEqual({
      left: 0.123457,
      top: 0,
      width: 0.5,
      height: 1,
    });
  });

  it('keeps the part that is in the image', () => {
    expect(clipBox({ left: -0.1, top: 0.9, width: 0.3, height: 0.3 })).toEqual({
      left: 0,
      top: 0.9,
      width: 0.2,
      height: 0.1,
    });
    expect(clipBox({ left: -1, top: -1, width: 3, height: 3 })).toEqual({ left: 0, top: 0, width: 1, height: 1 });
  });

  it('never leaves the image nor vanishes, wherever the box is', () => {
    for (let i = 0; i < 20_000; i++) {
      const [a, b, c, d] = [Math.random(), Math.random(), Math.random(), Math.random()];
      const { left, top, width, height } = clipBox({ left: a * 4 - 2, top: b * 4 - 2, width: c * 2, height: d / 1e6 });
      expect(left >= 0 && top >= 0 && width > 0 && height > 0 && left + width <= 1 && top + height <= 1).toBe(true);
    }
  });
});
