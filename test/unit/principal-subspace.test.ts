import { principalSubspace } from '../../bench/principal-subspace';
import { project } from '../../workers/pipeline/vector';

describe('the subspace in which vectors vary most', () => {
  // 200 vectors of 24 numbers that vary much in the first three directions and little in the others, about a mean far from zero.
  const vectors = Array.from({ length: 200 }, (_, i) =>
    Float32Array.from({ length: 24 }, (_n, k) => 5 + Math.sin(i * (k + 1) * 1.7) * (k < 3 ? 10 : 0.1)),
  );

  it('keeps the distances between them in fewer numbers', () => {
    const rows = principalSubspace(vectors, 3);
    const matrix = Float32Array.from(rows.flatMap((row) => [...row]));
    const short = vectors.map((vector) => project(vector, matrix));
    const distance = (a: Float32Array, b: Float32Array): number => Math.hypot(...a.map((value, k) => value - b[k]!));
    for (let i = 1; i < vectors.length; i++) {
      expect(short[i]).toHaveLength(3);
      const apart = distance(vectors[i]!, vectors[i - 1]!);
      expect(Math.abs(distance(short[i]!, short[i - 1]!) - apart)).toBeLessThan(0.2);
    }
  });

  it('gives rows of unit length at right angles', () => {
    const rows = principalSubspace(vectors, 3);
    rows.forEach((a, i) =>
      rows.forEach((b, k) => {
        const product = a.reduce((sum, value, n) => sum + value * b[n]!, 0);
        expect(product).toBeCloseTo(i === k ? 1 : 0, 5);
      }),
    );
  });
});
