import { distanceBetween } from '../../src/domain/distance';
import { fuseVectors } from '../../src/domain/fused-vector';

const part = (vector: number[], weight = 1) => ({ vector: Float32Array.from(vector), weight });

describe('fuseVectors', () => {
  it('leaves one vector, and its distances, as they are', () => {
    const only = part([0.6, 0.8]);
    const { vector, distanceOf } = fuseVectors('COSINE', [only]);
    expect(vector).toBe(only.vector);
    expect(distanceOf(0.3)).toBe(0.3);
  });

  it('takes the mean, in which the heavier counts for more, and makes it a unit vector for COSINE', () => {
    const [x, y] = fuseVectors('COSINE', [part([1, 0], 3), part([0, 1], 1)]).vector;
    expect(y! / x!).toBeCloseTo(1 / 3, 6);
    expect(Math.hypot(x!, y!)).toBeCloseTo(1, 6);
  });

  it('tells the mean distance to its parts by the distance to itself', () => {
    const parts = [part([1, 0, 0], 3), part([0, 1, 0], 1), part([0, 0.6, 0.8], 2)];
    const other = Float32Array.from([0.6, 0, 0.8]);
    const meanOf = (of: (vector: Float32Array) => number): number =>
      parts.reduce((sum, { vector, weight }) => sum + of(vector) * weight, 0) / 6;
    const cosine = fuseVectors('COSINE', parts);
    const cosineDistance = distanceBetween('COSINE', cosine.vector, other);
    expect(cosine.distanceOf(cosineDistance)).toBeCloseTo(
      meanOf((vector) => distanceBetween('COSINE', vector, other)),
      6,
    );
    const euclidean = fuseVectors('EUCLIDEAN', parts);
    const euclideanDistance = distanceBetween('EUCLIDEAN', euclidean.vector, other);
    expect(euclidean.distanceOf(euclideanDistance) ** 2).toBeCloseTo(
      meanOf((vector) => distanceBetween('EUCLIDEAN', vector, other) ** 2),
      6,
    );
  });

  it('refuses vectors that cancel each other out, and none at all', () => {
    expect(() => fuseVectors('COSINE', [part([1, 0]), part([-1, 0])])).toThrow(RangeError);
    expect(() => fuseVectors('COSINE', [])).toThrow(RangeError);
  });
});
