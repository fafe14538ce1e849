import { fuseVectors } from '../../src/domain/fused-vector';

const part = (vector: number[], weight = 1) => ({ vector: Float32Array.from(vector), weight });

describe('fuseVectors', () => {
  it('leaves one vector as it is', () => {
    const only = part([0.6, 0.8]);
    expect(fuseVectors('COSINE', [only])).toBe(only.vector);
  });

  it('takes the mean, in which the heavier counts for more, and makes it a unit vector for COSINE', () => {
    const [x, y] = fuseVectors('COSINE', [part([1, 0], 3), part([0, 1], 1)]);
    expect(y! / x!).toBeCloseTo(1 / 3, 6);
    expect(Math.hypot(x!, y!)).toBeCloseTo(1, 6);
  });

  it('makes it as long as the vectors are on the average for EUCLIDEAN', () => {
    const fused = fuseVectors('EUCLIDEAN', [part([3, 0]), part([0, 1])]);
    expect(Math.hypot(...fused)).toBeCloseTo(2, 6);
  });

  it('does not care in which order they come, nor about the scale of the weights', () => {
    const parts = [part([1, 2, 3], 10), part([3, -1, 2], 20), part([0, 1, 1], 5)];
    const scaled = [...parts].reverse().map((one) => ({ ...one, weight: one.weight * 7 }));
    const [a, b] = [fuseVectors('EUCLIDEAN', parts), fuseVectors('EUCLIDEAN', scaled)];
    a.forEach((value, i) => expect(value).toBeCloseTo(b[i]!, 5));
  });

  it('refuses vectors that cancel each other out, and none at all', () => {
    expect(() => fuseVectors('COSINE', [part([1, 0]), part([-1, 0])])).toThrow(RangeError);
    expect(() => fuseVectors('COSINE', [])).toThrow(RangeError);
  });
});
