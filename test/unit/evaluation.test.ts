import { errorCurve, errorsAt, pairsByKind, trueMatchRateAt } from '../../workers/evaluation/error-curves';
import { detChart, rocChart } from '../../workers/evaluation/error-charts';
import { drawLineChart } from '../../workers/evaluation/line-chart';
import { falseMatchesOf } from '../../workers/evaluation/false-matches';
import { differentialOf, groupRates } from '../../workers/evaluation/group-rates';
import { LabelledVectors } from '../../workers/evaluation/labelled-vectors';
import { foldsOf, judgeFolds } from '../../workers/evaluation/pair-folds';

const pair = (distance: number, same: boolean) => ({ distance, same });

/** Ten folds of pairs that .5 tells apart, but for one of the last fold. */
const FOLDS = Array.from({ length: 10 }, (_, i) => [pair(0.4, true), pair(i === 9 ? 0.1 : 0.6, false)]);

describe('the folds of LFW', () => {
  it('are judged each at the threshold of the others, and told with their standard error', () => {
    const { accuracy, standardError, threshold, wrong } = judgeFolds(FOLDS);
    expect(accuracy).toBeCloseTo(0.95);
    // Nine folds of 1 and one of .5: the deviation is .158, over the root of ten.
    expect(standardError).toBeCloseTo(0.05);
    expect(threshold).toBeCloseTo(0.5);
    expect(wrong).toEqual([pair(0.1, false)]);
  });

  it('take a threshold that comes from elsewhere', () => {
    const { accuracy, threshold } = judgeFolds(FOLDS, [pair(0, true), pair(0.2, true), pair(0.3, false)]);
    expect(threshold).toBeCloseTo(0.25);
    expect(accuracy).toBeCloseTo(0.45);
  });

  it('are made of a single set in turn', () => {
    const pairs = Array.from({ length: 20 }, (_, i) => ({ first: `${i}`, second: `${i}`, same: i % 2 === 0 }));
    const folds = foldsOf({ folds: [pairs], pairs });
    expect(folds.map((fold) => fold.map(({ first }) => first))).toEqual(
      Array.from({ length: 10 }, (_, i) => [`${i}`, `${i + 10}`]),
    );
    expect(foldsOf({ folds: [pairs, pairs], pairs })).toHaveLength(2);
  });
});

describe('errors', () => {
  const pairs = pairsByKind([
    ...[0.1, 0.2, 0.3, Infinity].map((distance) => pair(distance, true)),
    ...Array.from({ length: 100 }, (_, i) => pair(0.25 + i / 100, false)),
  ]);

  it('are read where at most that share of strangers match', () => {
    // One stranger in a hundred is at .25 and matches: .1 and .2 do too.
    expect(trueMatchRateAt(pairs, 0.01)).toBe(0.5);
    expect(trueMatchRateAt(pairs, 0.001)).toBe(0.5);
    expect(errorsAt(pairs, [0.1])).toEqual([{ falseMatchRate: 0.1, falseNonMatchRate: 0.25 }]);
  });

  it('keep those without a face to the end of the curve', () => {
    const curve = errorCurve(pairs);
    expect(curve[0]!.falseMatchRate).toBeCloseTo(0.01);
    expect(curve.at(-1)).toEqual({ falseMatchRate: 1, falseNonMatchRate: 0.25 });
    const rates = curve.map(({ falseNonMatchRate }) => falseNonMatchRate);
    expect([...rates].sort((a, b) => b - a)).toEqual(rates);
  });

  it('are drawn', () => {
    const sets = [['a & <b>', pairs] as const, ['all', pairs] as const];
    for (const svg of [detChart('Errors', sets), rocChart('Matches', sets)]) {
      expect(svg).toContain('a &amp; &lt;b&gt;');
      expect(svg).not.toMatch(/NaN|Infinity|undefined/);
      expect(svg.match(/class="line l[01]"/g)).toHaveLength(4);
    }
  });
});

describe('a chart', () => {
  const x = { label: 'x', scale: 'LOG', range: [1e-3, 1] } as const;
  const y = { label: 'y', scale: 'LINEAR', range: [0.9, 1] } as const;

  it('has its points where the axes say', () => {
    const svg = drawLineChart({
      title: 'one',
      x,
      y,
      lines: [
        {
          label: 'only',
          points: [
            [1e-3, 0.9],
            [1, 1],
          ],
        },
      ],
    });
    expect(svg).toContain('d="M78 378L616 46"');
    for (const tick of ['0.001', '0.01', '0.1', '0.92', '0.98']) expect(svg).toContain(`>${tick}</text>`);
  });

  it('has no more lines than it has colours', () => {
    const lines = Array.from({ length: 5 }, (_, i) => ({ label: `${i}`, points: [] }));
    expect(() => drawLineChart({ title: 'many', x, y, lines })).toThrow('at most 4');
  });
});

describe('false matches among people', () => {
  /** One number an image; a distance of 1 is a match. */
  const set = new LabelledVectors(
    'EUCLIDEAN',
    new Map(
      Object.entries({
        a1: [0, 0.5],
        a2: [0.9],
        a3: [100],
        a4: [101],
        b1: [0.2],
        b2: [200],
        b3: [300],
        c1: [400],
      }).flatMap(([person, values]) =>
        values.map((value, i) => [`${person}/${i}.jpg`, Float32Array.of(value)] as const),
      ),
    ),
  );
  const groupOf = (person: string): string | undefined => (person < 'c' ? person[0] : undefined);

  it('are counted over pairs of images, never of one person with themselves', () => {
    const { pairs, matches, rate, interval } = falseMatchesOf(set, ['a1', 'a2', 'a3', 'a4'], 1);
    // Of 10 pairs of 5 images one is of a1 alone; a2 matches both of a1's, a3 matches a4.
    expect({ pairs, matches }).toEqual({ pairs: 9, matches: 3 });
    expect(rate).toBeCloseTo(1 / 3);
    expect(interval[0]).toBeLessThan(rate);
    expect(interval[1]).toBeGreaterThan(rate);
  });

  it('are told by group, with how unequal the groups are', () => {
    const rates = groupRates(set, groupOf, 1);
    expect(rates.map(({ group, falseMatches }) => [group, falseMatches.matches, falseMatches.pairs])).toEqual([
      ['a', 3, 9],
      ['b', 0, 3],
    ]);
    expect(rates[0]).toMatchObject({ genuine: 1, falseNonMatchRate: 0 });
    expect(rates[1]).toMatchObject({ genuine: 0 });
    expect(rates[1]).not.toHaveProperty('falseNonMatchRate');
    // Nobody knows the ratio to a rate that is not known.
    expect(differentialOf(rates)).toEqual({ unknown: ['b'] });
    const wide = differentialOf(groupRates(set, groupOf, 101));
    expect(wide.unknown).toEqual([]);
    // a: all 9 of 9; b: 1 of 3 (200 and 300).
    expect(wide.maxOverMin).toBeCloseTo(3);
    expect(wide.maxOverGeometricMean).toBeCloseTo(Math.sqrt(3));
  });
});
