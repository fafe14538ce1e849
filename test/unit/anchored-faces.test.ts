import { countAnchors, decodeAnchored, FULL_RANGE, SHORT_RANGE } from '../../workers/pipeline/anchored-faces';

/** Heads of a net that sees nothing but what `answers` put in. */
function heads(anchors: number, answers: Readonly<Record<number, { logit: number; numbers: readonly number[] }>>) {
  const logits = new Float32Array(anchors).fill(-20);
  const boxes = new Float32Array(anchors * 16);
  for (const [i, { logit, numbers }] of Object.entries(answers)) {
    logits[Number(i)] = logit;
    boxes.set(numbers, Number(i) * 16);
  }
  return { logits, boxes };
}

const NUMBERS = [1, 2, 30, 40, -5, -6, 5, -6, 0, 1, 0, 8, -9, 0, 9, 0];

describe('decoding MediaPipe face detectors', () => {
  it.each([
    ['short range', SHORT_RANGE, 128, 128, 896],
    ['full range', FULL_RANGE, 192, 192, 2304],
    ['short range, another size', SHORT_RANGE, 64, 128, 448],
  ])('counts the answers of %s', (_name, grids, width, height, anchors) => {
    expect(countAnchors(grids, width, height)).toBe(anchors);
  });

  it('places box and points about the middle of the cell, in both grids of the short range', () => {
    // Of 128 x 64: 16 x 8 cells with two answers each, then 8 x 4 cells with six.
    const fine = 2 * (16 * 3 + 5) + 1;
    const coarse = 2 * 16 * 8 + 6 * (8 * 2 + 7) + 5;
    const seen = decodeAnchored(
      heads(448, { [fine]: { logit: 0, numbers: NUMBERS }, [coarse]: { logit: 2, numbers: NUMBERS } }),
      SHORT_RANGE,
      128,
      64,
      0.3,
    );
    expect(seen).toEqual([
      {
        box: { x: 44 + 1 - 15, y: 28 + 2 - 20, width: 30, height: 40 },
        roll: 0,
        score: 0.5,
        points: [39, 22, 49, 22, 44, 29, 44, 36, 44, 36],
      },
      expect.objectContaining({
        box: { x: 120 + 1 - 15, y: 40 + 2 - 20, width: 30, height: 40 },
        score: expect.closeTo(1 / (1 + Math.exp(-2)), 6) as number,
      }),
    ]);
  });

  it('leaves out what scores less', () => {
    const two = heads(2304, { 7: { logit: -1, numbers: NUMBERS }, 9: { logit: 1, numbers: NUMBERS } });
    expect(decodeAnchored(two, FULL_RANGE, 192, 192, 0.5)).toHaveLength(1);
    expect(decodeAnchored(two, FULL_RANGE, 192, 192, 0.2)).toHaveLength(2);
  });
});
