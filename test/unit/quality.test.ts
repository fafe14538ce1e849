import { selectFaces } from '../../src/domain/face-selection';
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

describe('selectFaces', () => {
  const face = (sizePx: number, sharpness: number): JudgedFace => ({
    ...good,
    sizePx,
    quality: { brightness: 50, sharpness },
  });
  const crowd = [face(60, 90), face(200, 20), face(100, 50), face(10, 95)];
  const kept = (keep: 'LARGEST' | 'BEST', maxFaces: number, qualityFilter: 'NONE' | 'AUTO' = 'NONE'): number[] =>
    selectFaces(crowd, { keep, maxFaces, qualityFilter })
      .filter(({ rejections }) => rejections.length === 0)
      .map(({ face: { sizePx } }) => sizePx);

  it('answers largest first, all of them', () => {
    const selected = selectFaces(crowd, { keep: 'BEST', maxFaces: 1, qualityFilter: 'NONE' });
    expect(selected.map(({ face: { sizePx } }) => sizePx)).toEqual([200, 100, 60, 10]);
    expect(selected.filter(({ rejections }) => rejections.includes('EXCEEDS_MAX_FACES'))).toHaveLength(3);
  });

  it('keeps the largest, or the best', () => {
    expect(kept('LARGEST', 2)).toEqual([200, 100]);
    expect(kept('BEST', 2)).toEqual([60, 10]);
  });

  it('does not count refused faces against the limit', () => {
    expect(kept('BEST', 3, 'AUTO')).toEqual([200, 100, 60]);
    const refused = selectFaces(crowd, { keep: 'BEST', maxFaces: 3, qualityFilter: 'AUTO' })[3]!;
    expect(refused.rejections).toEqual(['SMALL_BOUNDING_BOX']);
  });
});
