import { judge, QUALITY_FILTERS, type JudgedFace } from '../../src/domain/quality';

const good: JudgedFace = {
  quality: { brightness: 50, sharpness: 60 },
  pose: { yaw: 5, pitch: -3, roll: 40 },
  confidence: 93,
  sizePx: 120,
};

describe('judge', () => {
  it.each(QUALITY_FILTERS)('lets a good face through %s, however it is tilted', (filter) => {
    expect(judge(good, filter)).toEqual([]);
  });

  it('names every reason at once', () => {
    const bad: JudgedFace = {
      quality: { brightness: 2, sharpness: 1 },
      pose: { yaw: 85, pitch: 0, roll: 0 },
      confidence: 20,
      sizePx: 8,
    };
    expect(judge(bad, 'AUTO')).toEqual([
      'EXTREME_POSE',
      'LOW_BRIGHTNESS',
      'LOW_SHARPNESS',
      'LOW_CONFIDENCE',
      'SMALL_BOUNDING_BOX',
    ]);
    expect(judge(bad, 'NONE')).toEqual([]);
  });

  it('never passes at a stricter level what a looser one refuses', () => {
    for (const sizePx of [10, 22, 30, 50, 80]) {
      for (const yaw of [0, 40, 50, 65, 80]) {
        const face = { ...good, sizePx, pose: { ...good.pose, yaw } };
        const refused = (['LOW', 'AUTO', 'MEDIUM', 'HIGH'] as const).map((filter) => judge(face, filter).length);
        expect(refused).toEqual([...refused].sort((a, b) => a - b));
      }
    }
  });
});
