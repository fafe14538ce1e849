import type { RgbImage } from '../pipeline/image';
import { labelScores, type LabelOutput } from '../pipeline/label-scores';
import type { ClassifierEngine } from './classifier-engine';

const SIDE = 64;

/** Nothing at all, and every shade: it does not matter what a net takes them for. */
const PATTERNS: readonly ((at: number) => number)[] = [() => 0, (at) => (at * 37) % 256];

/**
 * Shows a classifier two patterns before it serves. Also warms the net up.
 *
 * @throws Error when it does not give as many numbers as there are labels, or numbers that its kind of output cannot have.
 */
export async function selfTestClassifier(engine: ClassifierEngine): Promise<void> {
  const { output, labels } = engine.manifest;
  for (const pattern of PATTERNS) {
    const pixels: RgbImage = {
      data: Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, i) => pattern(i)),
      width: SIDE,
      height: SIDE,
    };
    const numbers = await engine.numbersFor(pixels);
    const fault = faultOf(numbers, output, labels.length);
    if (fault !== undefined) throw new Error(`Self-test of ${engine.id}: ${fault}`);
  }
}

function faultOf(numbers: Float32Array, output: LabelOutput, labels: number): string | undefined {
  if (!numbers.every(Number.isFinite)) {
    return 'the net gives what is no number (NaN): its weights are damaged, or --normalize is not its own';
  }
  const shown = `${[...numbers.slice(0, 4)].map((one) => Number(one.toPrecision(4))).join(', ')}${numbers.length > 4 ? ' ...' : ''}`;
  if (labelScores(output, labels, numbers) === undefined) {
    return `the net gives ${shown}, which is no ${output.toLowerCase()}: say --output logits if it ends without it`;
  }
  // Of logits that look like it: softmax taken twice would make every answer unsure.
  return output === 'LOGITS' && labelScores('SOFTMAX', labels, numbers) !== undefined
    ? `the net gives ${shown}, which is softmax already: say --output softmax`
    : undefined;
}
