/** What the numbers of a classifier mean: see `output` of its manifest. */
export type LabelOutput = 'SOFTMAX' | 'LOGITS' | 'SIGMOID';

/** How many numbers a net may give for so many labels: as many, or one for two that are told apart by it. */
export function outputsFor(output: LabelOutput, labels: number): readonly number[] {
  return labels === 2 && output !== 'SOFTMAX' ? [2, 1] : [labels];
}

/**
 * How sure a net is of each label, 0-1, by what it gives.
 *
 * @param numbers one a label, or one for two labels: of the second.
 * @returns undefined when one is no number, or none that this kind of output can give.
 */
export function labelScores(output: LabelOutput, labels: number, numbers: Float32Array): Float32Array | undefined {
  if (!numbers.every(Number.isFinite)) return undefined;
  if (output === 'LOGITS') return softmax(numbers.length < labels ? Float32Array.of(0, numbers[0]!) : numbers);
  if (numbers.some((one) => one < -SLACK || one > 1 + SLACK)) return undefined;
  if (output === 'SOFTMAX' && Math.abs(numbers.reduce((sum, one) => sum + one, 0) - 1) > SUM_SLACK) return undefined;
  const scores = numbers.map((one) => Math.min(1, Math.max(0, one)));
  return scores.length < labels ? Float32Array.of(1 - scores[0]!, scores[0]!) : scores;
}

/** Rounding of a net in 32 bits, and of one in 16 over thousands of labels. */
const SLACK = 1e-3;
const SUM_SLACK = 1e-2;

/** The largest is taken off first, so that no power overflows. */
function softmax(logits: Float32Array): Float32Array {
  const most = logits.reduce((one, other) => Math.max(one, other));
  const powers = logits.map((one) => Math.exp(one - most));
  const sum = powers.reduce((total, one) => total + one, 0);
  return powers.map((one) => one / sum);
}

/** Places of the `top` highest scores, the highest first; of equals the earlier. */
export function highest(scores: Float32Array, top: number): number[] {
  return [...scores.keys()].sort((a, b) => scores[b]! - scores[a]! || a - b).slice(0, top);
}
