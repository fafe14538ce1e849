import type { Metric } from '../src/domain/calibration';
import { randomFrom } from '../workers/evaluation/random';

function gaussian(dimension: number, seed: number): Float32Array {
  const random = randomFrom(seed);
  const vector = new Float32Array(dimension);
  for (let i = 0; i < dimension; i++) {
    vector[i] = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  }
  const norm = Math.hypot(...vector);
  return vector.map((value) => value / norm);
}

/**
 * Embeddings like those of real identities: samples of one are `SAME_COSINE` apart from each other on average (measured
 * on LFW with yunet-reid0095: .66), samples of two are about orthogonal. EUCLIDEAN ones are scaled to the norm that
 * puts strangers 0.8 apart (face-api's net).
 */
export class SyntheticIdentities {
  constructor(
    private readonly dimension: number,
    readonly metric: Metric,
  ) {}

  sample(identity: number, index: number): Float32Array {
    const centre = gaussian(this.dimension, identity * 2_654_435_761);
    const noise = gaussian(this.dimension, identity * 2_654_435_761 + (index + 1) * 40_503);
    const mixed = centre.map((value, i) => Math.sqrt(SAME_COSINE) * value + Math.sqrt(1 - SAME_COSINE) * noise[i]!);
    const norm = Math.hypot(...mixed) / (this.metric === 'COSINE' ? 1 : EUCLIDEAN_NORM);
    return mixed.map((value) => value / norm);
  }
}

const SAME_COSINE = 0.66;
const EUCLIDEAN_NORM = 0.8 / Math.SQRT2;
