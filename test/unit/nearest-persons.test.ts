import { NearestPersons } from '../../src/modules/recognition/nearest-persons';
import { MAX_SUPPORTING_FACES } from '../../src/modules/recognition/search-scoring';

/** A face that the probe is of, the best match and what supports it. */
const EACH = MAX_SUPPORTING_FACES + 2;

describe('NearestPersons', () => {
  it('keeps of a crowd of faces as many as an answer shows, the nearest', () => {
    const nearest = new NearestPersons(3);
    for (let n = 0; n < 100_000; n++) nearest.add('a', BigInt(n), ((n * 7_919) % 100_000) / 100_000);
    const distances = nearest.keys().map((key) => (Number(key) * 7_919) % 100_000);
    expect(distances).toEqual(Array.from({ length: EACH }, (_, n) => n));
  });

  it('keeps the nearest persons and one more, with all that an answer shows of each', () => {
    const nearest = new NearestPersons(4);
    const facesOf = (person: number): number => 1 + (person % 3);
    for (let n = 0; n < 1_000; n++) {
      const person = (n * 389) % 1_000;
      // Farther ones first: it is the last that brings a person in.
      for (let face = facesOf(person); face-- > 0;)
        nearest.add(`${person}`, BigInt(person * 10 + face), person + face / 10);
    }
    expect(nearest.keys()).toEqual([0n, 10n, 20n, 30n, 40n, 11n, 21n, 41n, 22n]);
  });
});
