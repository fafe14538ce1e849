import { judge, QUALITY_FILTERS, qualityScore, type JudgedFace } from '../../src/domain/quality';

const good: JudgedFace = {
  quality: { brightness: 50, sharpness: 60 },
  pose: { yaw: 5, pitch: -3, roll: 40 },
  confidence: 93,
  sizePx: 120,
  isAligned: true,
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
      isAligned: true,
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

  it.each(QUALITY_FILTERS)('refuses a face that is not aligned through %s too', (filter) => {
    expect(judge({ ...good, isAligned: false }, filter)).toEqual(['MISALIGNED']);
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

describe('qualityScore', () => {
  it('falls with each thing that makes a face harder to know, and with nothing else', () => {
    const { pose, quality } = good;
    const worse: Partial<JudgedFace>[] = [
      { pose: { ...pose, yaw: 30 } },
      { pose: { ...pose, yaw: -30 } },
      { pose: { ...pose, pitch: 20 } },
      { pose: { ...pose, pitch: -20 } },
      { quality: { ...quality, sharpness: 12 } },
      { quality: { ...quality, brightness: 20 } },
      { confidence: 70 },
    ];
    for (const change of worse) expect(qualityScore({ ...good, ...change })).toBeLessThan(qualityScore(good));
    const turned = { ...good, pose: { ...pose, roll: -170 }, sizePx: 40 };
    expect(qualityScore(turned)).toBe(qualityScore(good));
  });

  it('stays within 0 and 100', () => {
    const perfect = {
      quality: { brightness: 50, sharpness: 100 },
      pose: { yaw: 0, pitch: 0, roll: 0 },
      confidence: 100,
    };
    const worst = { quality: { brightness: 0, sharpness: 0 }, pose: { yaw: 180, pitch: 180, roll: 0 }, confidence: 0 };
    expect(qualityScore(perfect)).toBe(100);
    expect(qualityScore(worst)).toBeGreaterThanOrEqual(0);
  });
});
