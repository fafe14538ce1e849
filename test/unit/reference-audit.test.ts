import type { Calibration } from '../../src/domain/calibration';
import { distanceToPerson, doubtOf, mayBeDoubted, medianWithoutEach } from '../../src/domain/reference-audit';
import { LabelledVectors } from '../../workers/evaluation/labelled-vectors';
import { fitReferences } from '../../workers/evaluation/references-fit';
import { seeded } from '../fixtures/vectors';

/** d falls from 10 by one for each tenth of distance. */
const scale: Calibration = {
  revision: '1',
  knots: [
    { distance: 0, d: 10 },
    { distance: 1, d: 0 },
  ],
  extrapolatedBeyondD: 10,
  equalErrorDistance: 0.5,
  references: { doubt: 0, source: 'none' },
  source: 'none',
};
const at = (x: number): Float32Array => Float32Array.of(x);
const own = (distance: number) => ({ distance, peerDistance: 1 });
const somebody = (n: number, distance: number) => ({ personId: `person ${n}`, distance });

test('two wrong faces of one stranger do not vouch for each other', () => {
  const [wrong, alsoWrong, ...right] = [at(9), at(9.1), at(0), at(0.1), at(0.2)];
  expect(distanceToPerson(wrong!, [alsoWrong!, ...right], 'EUCLIDEAN')).toBeCloseTo(8.8);
  expect(distanceToPerson(right[0]!, [wrong!, alsoWrong!, ...right.slice(1)], 'EUCLIDEAN')).toBeCloseTo(0.2);
});

test('of a person with thousands of faces some are compared, spread over all', () => {
  const faces = Array.from({ length: 6_400 }, (_, i) => at(i / 6_400));
  expect(distanceToPerson(at(0), faces, 'EUCLIDEAN')).toBeCloseTo(0.5, 1);
});

test('the median of all others', () => {
  expect(medianWithoutEach([5, 1])).toEqual([1, 5]);
  expect(medianWithoutEach([3, 1, 2])).toEqual([1, 2, 1]);
  expect(medianWithoutEach([4, 1, 3, 2])).toEqual([2, 3, 2, 3]);
});

test('doubts what is nearer to somebody else, what is near to nobody, and what is near to everybody', () => {
  const near = [somebody(1, 0.2)];
  expect(doubtOf(scale, own(0.1), near, near[0]!)).toBeNull();
  expect(doubtOf(scale, own(0.7), near, near[0]!)).toMatchObject({ reason: 'WRONG_PERSON', score: 1, better: near[0] });
  const far = somebody(1, 0.95);
  expect(doubtOf(scale, own(0.9), [far], far)).toMatchObject({ reason: 'FITS_BADLY', score: 0.25, better: null });
  expect(doubtOf(scale, own(0.9), [], null)).toMatchObject({ reason: 'FITS_BADLY', better: null });
  const many = [1, 2, 3, 4, 5].map((n) => somebody(n, 0.5));
  expect(doubtOf(scale, own(0.1), many, somebody(1, 0.8))).toMatchObject({ reason: 'FITS_EVERYBODY', score: 0 });
  expect(doubtOf(scale, own(0.1), many.slice(1), somebody(2, 0.8))).toBeNull();
});

test('what is doubted by the whole person may be doubted by the nearest face', () => {
  const random = seeded(5);
  for (let n = 0; n < 500; n += 1) {
    const nearest = somebody(1, random());
    const whole = somebody(1, nearest.distance + random() * (1 - nearest.distance));
    const fit = { distance: random(), peerDistance: random() };
    if (doubtOf(scale, fit, [nearest], whole)) expect(mayBeDoubted(scale, fit, [nearest])).toBe(true);
  }
});

test('fits where few right references are doubted, and says nothing of a small set', () => {
  const random = seeded(7);
  const set = (people: number) =>
    new LabelledVectors(
      'EUCLIDEAN',
      new Map(
        Array.from({ length: people }, (_, p) =>
          [1, 2, 3].map((n) => [`p${p}/p${p}_${n}.jpg`, at(p + random() / 2)] as const),
        ).flat(),
      ),
    );
  const large = set(200);
  const { doubt } = fitReferences(large, large.people(), 'EUCLIDEAN', scale)!;
  expect(doubt).toBeGreaterThan(-10);
  expect(doubt).toBeLessThan(0);
  const small = set(20);
  expect(fitReferences(small, small.people(), 'EUCLIDEAN', scale)).toBeUndefined();
});
