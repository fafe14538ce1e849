import { drawGallery, canDraw } from '../../workers/evaluation/gallery-draws';
import { judgeGalleries } from '../../workers/evaluation/gallery-cells';
import { fitIdentification, LEAST_PEOPLE } from '../../workers/evaluation/identification-fit';
import { identificationRates } from '../../workers/evaluation/identification-protocol';
import { LabelledVectors } from '../../workers/evaluation/labelled-vectors';
import { MersenneTwister } from '../../workers/evaluation/mersenne-twister';
import { randomFrom } from '../../workers/evaluation/random';
import { rejectCurve } from '../../workers/evaluation/reject-curve';
import type { Calibration } from '../../src/domain/calibration';
import { randomVectors, seeded } from '../fixtures/vectors';

const RANGE = Array.from({ length: 20 }, (_, i) => i);

/** People far apart on a line, each with their images close by. */
function lineOf(people: number, samples: number): LabelledVectors {
  const vectors = new Map<string, Float32Array>();
  for (let p = 0; p < people; p++) {
    for (let s = 0; s < samples; s++) {
      const name = `p${String(p).padStart(4, '0')}`;
      vectors.set(`${name}/${name}_000${s + 1}.jpg`, Float32Array.of(p * 10 + s * 0.1));
    }
  }
  return new LabelledVectors('EUCLIDEAN', vectors);
}

/** So many directions spread evenly: none is nearer to all others than another is, so every pair is a chance of its own. */
function spread(people: number, samples = 1): LabelledVectors {
  const directions = randomVectors(people, 64, seeded(3));
  const vectors = directions.flatMap((vector, p) =>
    Array.from({ length: samples }, (_, s) => [`p${p}/p${p}_000${s + 1}.jpg`, vector] as const),
  );
  return new LabelledVectors('COSINE', new Map(vectors));
}

/** The scale of a set by its own pairs. */
function scaleOf(set: LabelledVectors): Calibration {
  const distances: number[] = [];
  for (let i = 0; i < set.images.length; i++) for (let j = 0; j < i; j++) distances.push(set.distance(i, j));
  distances.sort((a, b) => a - b);
  const knots = [4, 3.5, 3, 2.5, 2, 1.5, 1, 0.5].map((d) => ({
    d,
    distance: distances[Math.floor(distances.length * 10 ** -d)]!,
  }));
  return {
    revision: '1',
    knots: [{ distance: 0, d: 12 }, ...knots, { distance: distances.at(-1)! + 1, d: 0 }],
    extrapolatedBeyondD: 4,
    equalErrorDistance: 1,
    source: 'the set itself',
  };
}

describe('the published protocol', () => {
  it('permutes as NumPy does', () => {
    // numpy.random.RandomState(0).permutation(numpy.arange(20)) and of 1,930.
    expect(new MersenneTwister(0).permutation(RANGE)).toEqual([
      18, 1, 19, 8, 10, 17, 6, 13, 4, 2, 5, 14, 9, 7, 16, 11, 3, 0, 15, 12,
    ]);
    const long = new MersenneTwister(0).permutation(Array.from({ length: 1_930 }, (_, i) => i));
    expect(long.slice(0, 5)).toEqual([957, 1126, 491, 1664, 1686]);
    expect(long.slice(-3)).toEqual([1653, 559, 684]);
  });

  it('counts who is found, and at which rate of false positives who is not', () => {
    const vectors = new Map<string, Float32Array>();
    const add = (name: string, ...values: number[]): void =>
      values.forEach((value, i) => vectors.set(`${name}/${name}_000${i + 1}.jpg`, Float32Array.of(value)));
    add('Ann', 0, 1);
    add('Ben', 10, 2); // nearer to Ann: second
    for (let i = 0; i < 20; i++) add(`one${i}`, 100 + 5 * i);
    const rates = identificationRates(new LabelledVectors('EUCLIDEAN', vectors));
    expect(rates).toMatchObject({ gallery: 22, probes: 2, rank1: 0.5, rank5: 1 });
    // Ten strangers, the second nearest of them 5 away from somebody: Ann is found at 1, Ben is not.
    expect(rates.openSet).toEqual([{ fpir: 0.1, fnir: 0.5, distance: 5, strangers: 10 }]);
  });
});

describe('random galleries', () => {
  it('hold who was asked for, and nobody of them is a stranger', () => {
    const set = lineOf(30, 4);
    const pool = set.people().slice(0, 25);
    const { gallery, mated, strangers } = drawGallery(set, pool, { people: 10, samples: 3 }, randomFrom(1));
    const names = (images: readonly number[]): Set<string> => new Set(images.map((image) => set.persons[image]!));
    expect(gallery).toHaveLength(30);
    expect(names(gallery).size).toBe(10);
    expect(mated).toHaveLength(10);
    expect(names(mated)).toEqual(names(gallery));
    expect(strangers).toHaveLength(15 * 4);
    expect(new Set(strangers).size).toBe(60);
    expect(names(strangers.slice(0, 15)).size).toBe(15);
    for (const name of names(strangers)) {
      expect(names(gallery).has(name)).toBe(false);
      expect(pool).toContain(name);
    }
  });

  it('are not drawn from too few people', () => {
    const set = lineOf(30, 4);
    expect(canDraw(set, set.people(), { people: 27, samples: 4 })).toBe(true);
    expect(canDraw(set, set.people(), { people: 28, samples: 4 })).toBe(false);
    expect(canDraw(set, set.people(), { people: 10, samples: 5 })).toBe(false);
  });

  it('keep the promise where every face is a chance of its own, and the interval says so', () => {
    const set = spread(900);
    const calibration = scaleOf(set);
    const cell = judgeGalleries(set, set.people(), { people: 100, samples: 1 }, calibration, {
      draws: 20,
      probes: 200,
      targetFpir: 0.01,
      seed: 1,
      mayProbe: () => true,
    });
    expect(cell).toMatchObject({ isClamped: false, strangers: 4_000 });
    expect(cell.interval[0]).toBeLessThan(0.015);
    expect(cell.interval[1]).toBeGreaterThan(0.005);
    expect(cell.interval[0]).toBeLessThan(cell.observedFpir);
    expect(cell.interval[1]).toBeGreaterThan(cell.observedFpir);
  });
});

describe('the fit of how chances add up', () => {
  it('finds independent chances independent', () => {
    const set = spread(700);
    const fit = fitIdentification(set, set.people(), scaleOf(set))!;
    expect(fit.peopleExponent).toBeGreaterThan(0.93);
    expect(fit.peopleExponent).toBeLessThanOrEqual(1);
  });

  it('finds that copies of a face are no chances', () => {
    const copies = spread(450, 3);
    expect(fitIdentification(copies, copies.people(), scaleOf(spread(450)))!.samplesExponent).toBeLessThan(0.05);
  });

  it('says nothing of a set that is too small, rather than too little', () => {
    const set = spread(LEAST_PEOPLE);
    const scale = scaleOf(set);
    expect(fitIdentification(set, set.people().slice(1), scale)).toBeUndefined();
    expect(fitIdentification(set, set.people(), scale)!.peopleExponent).toBeGreaterThan(0.93);
  });

  it('counts every face of one person where hardly anybody has several', () => {
    const people = spread(LEAST_PEOPLE);
    const few = LEAST_PEOPLE / 10;
    const vectors = new Map(randomVectors(LEAST_PEOPLE, 64, seeded(3)).map((vector, p) => [`p${p}/1.jpg`, vector]));
    randomVectors(few, 64, seeded(3)).forEach((vector, p) => vectors.set(`p${p}/2.jpg`, vector));
    const set = new LabelledVectors('COSINE', vectors);
    expect(fitIdentification(set, set.people(), scaleOf(people))).toMatchObject({ samplesExponent: 1 });
  });
});

describe('the reject curve', () => {
  it('counts the false non-matches that are left when the worst images are out', () => {
    const vectors = new Map<string, Float32Array>();
    const quality: number[] = [];
    for (let p = 0; p < 10; p++) {
      // Two good photographs of each, and of the first two people a bad one that is far from them.
      const values = p < 2 ? [p * 100, p * 100 + 1, p * 100 + 30] : [p * 100, p * 100 + 1];
      values.forEach((value, i) => {
        vectors.set(`p${p}/p${p}_000${i + 1}.jpg`, Float32Array.of(value));
        quality.push(i === 2 ? 10 + p : 90);
      });
    }
    const curve = rejectCurve(new LabelledVectors('EUCLIDEAN', vectors), quality, 5);
    expect(curve[0]).toEqual({ rejected: 0, genuine: 14, falseNonMatches: 4, cut: 0 });
    expect(curve.find(({ rejected }) => rejected === 0.05)).toMatchObject({
      genuine: 12,
      falseNonMatches: 2,
      cut: 0.5,
    });
    expect(curve.find(({ rejected }) => rejected === 0.1)).toMatchObject({ genuine: 10, falseNonMatches: 0, cut: 1 });
  });
});
