import { falseMatchRateAt, type Identification } from '../../src/domain/calibration';
import {
  automaticThreshold,
  effectiveChances,
  estimatedFmr,
  estimatedFpir,
  verificationThreshold,
  type Gallery,
} from '../../src/domain/identification';

const fit: Identification = { peopleExponent: 0.95, samplesExponent: 0.8, source: 'made up for this test' };
const INDEPENDENT = undefined;

const people = (persons: number, samples = 1): Gallery => ({ faces: persons * samples, persons, unassigned: 0 });

describe('the chances that a gallery is worth', () => {
  it('are its faces where the pack does not say how they add up', () => {
    expect(effectiveChances(people(24, 20), INDEPENDENT)).toBeCloseTo(480, 9);
    expect(effectiveChances({ faces: 30, persons: 4, unassigned: 20 }, INDEPENDENT)).toBeCloseTo(30, 9);
  });

  it('grow with people and more slowly with faces of one person', () => {
    expect(effectiveChances(people(1), fit)).toBe(1);
    expect(effectiveChances(people(100), fit)).toBeCloseTo(100 ** 0.95, 9);
    expect(effectiveChances(people(1, 100), fit)).toBeCloseTo(100 ** (0.8 * 0.95), 9);
    expect(effectiveChances(people(24, 20), fit)).toBeCloseTo((24 * 20 ** 0.8) ** 0.95, 9);
  });

  it('count each face of nobody as one more person', () => {
    expect(effectiveChances({ faces: 100, persons: 0, unassigned: 100 }, fit)).toBeCloseTo(100 ** 0.95, 9);
    expect(effectiveChances({ faces: 120, persons: 2, unassigned: 100 }, fit)).toBeCloseTo(
      (2 * 10 ** 0.8 + 100) ** 0.95,
      9,
    );
  });

  it.each([
    ['nothing', { faces: 0, persons: 0, unassigned: 0 }, 0],
    ['people without a face', { faces: 0, persons: 7, unassigned: 0 }, 0],
    ['more people than faces', { faces: 3, persons: 7, unassigned: 0 }, 3],
    ['faces of nobody beside people without a face', { faces: 3, persons: 7, unassigned: 3 }, 3],
    ['counters that are ahead of each other', { faces: 3, persons: 0, unassigned: 5 }, 5],
  ])('are right for %s', (_what, gallery, faces) => {
    expect(effectiveChances(gallery, INDEPENDENT)).toBeCloseTo(faces, 9);
  });
});

describe('thresholds of a search', () => {
  it('ask for more in a larger gallery, and never for less than 80', () => {
    expect(automaticThreshold(people(0), INDEPENDENT)).toBe(80);
    expect(automaticThreshold(people(1), INDEPENDENT)).toBe(80);
    expect(automaticThreshold(people(100), INDEPENDENT)).toBeCloseTo(90, 1);
    expect(automaticThreshold(people(1000), INDEPENDENT)).toBeCloseTo(95, 1);
    expect(automaticThreshold(people(1000), INDEPENDENT, 0.1)).toBeCloseTo(90, 0);
    expect(automaticThreshold(people(1000), INDEPENDENT, 1)).toBe(80);
    expect(automaticThreshold(people(24, 20), fit)).toBeLessThan(automaticThreshold(people(480), fit));
  });

  it.each([0.001, 0.01, 0.1])('let through what was aimed at: %d', (target) => {
    for (const gallery of [people(1_000), people(200, 10), people(1_000_000)]) {
      expect(estimatedFpir(automaticThreshold(gallery, fit, target), gallery, fit)).toBeCloseTo(target, 9);
    }
  });

  it('say what any threshold lets through', () => {
    expect(estimatedFpir(80, people(1), fit)).toBeCloseTo(0.001, 9);
    expect(estimatedFpir(0, people(5), fit)).toBe(1);
    expect(estimatedFpir(80, people(0), fit)).toBe(0);
  });
});

describe('verification against a person', () => {
  it('lets one impostor in 1,000 pass, however many faces there are', () => {
    expect(verificationThreshold(0, fit)).toBe(80);
    expect(verificationThreshold(1, fit)).toBeCloseTo(80, 9);
    for (const faces of [2, 10, 1_000]) {
      const threshold = verificationThreshold(faces, fit);
      expect(threshold).toBeGreaterThan(verificationThreshold(faces - 1, fit));
      expect(estimatedFmr(threshold, faces, fit)).toBeCloseTo(0.001, 9);
      expect(falseMatchRateAt(threshold)).toBeGreaterThan(0.001 / faces);
    }
  });
});
