import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { loadFormat, summariseKeras, type KerasSummary } from '../../../packages/packs/src';
import { UsageError, type ModelsContext } from './context';
import { lambdaForms } from './model-wishes';

const HEADINGS = ['Layer (type)', 'Output Shape', 'Param #'] as const;
/** Numbers of a model are floats of 32 bits. */
const BYTES = 4;

/**
 * `summary FILE...`: what a Keras model is made of, as `model.summary()` tells it.
 *
 * @throws UsageError when a file is not there or a form is not said as it must be.
 * @throws ModelError when the model cannot be compiled.
 */
export async function summariseModel(
  { print }: ModelsContext,
  files: readonly string[],
  lambdas: readonly string[],
): Promise<number> {
  if (files.length === 0) throw new UsageError('Say which file: npm run models -- summary FILE');
  const missing = files.filter((file) => !existsSync(file));
  if (missing.length > 0) throw new UsageError(`There is no file ${missing.join(', ')}.`);
  const forms = lambdaForms.safeParse(lambdas);
  if (!forms.success) throw new UsageError(`--lambda ${forms.error.issues[0]!.message}`);
  await loadFormat('keras');
  const read = await Promise.all(
    files.map(async (file) => ({ name: path.basename(file), bytes: await readFile(file) })),
  );
  for (const line of summaryLines(summariseKeras(read, { lambdas: forms.data }))) print(line);
  return 0;
}

function summaryLines({ name, layers, total, trainable }: KerasSummary): string[] {
  const cells = layers.map((layer) => [
    `${layer.name} (${layer.className})`,
    `(${layer.shape.map((size) => size ?? 'None').join(', ')})`,
    layer.params.toLocaleString('en'),
  ]);
  const widths = HEADINGS.map((heading, i) => Math.max(heading.length, ...cells.map((row) => row[i]!.length)));
  const line = ([layer, shape, params]: readonly string[]): string =>
    `${layer!.padEnd(widths[0]!)}  ${shape!.padEnd(widths[1]!)}  ${params!.padStart(widths[2]!)}`;
  const counted = (count: number): string => `${count.toLocaleString('en')} (${inBytes(count * BYTES)})`;
  return [
    `Model: "${name}"`,
    line(HEADINGS),
    '-'.repeat(widths.reduce((sum, width) => sum + width + 2, -2)),
    ...cells.map(line),
    `Total params: ${counted(total)}`,
    `Trainable params: ${counted(trainable)}`,
    `Non-trainable params: ${counted(total - trainable)}`,
  ];
}

/** As Keras writes it: 864.00 B, 13.57 MB. */
function inBytes(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB'];
  const at = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1);
  return `${(bytes / 1024 ** at).toFixed(2)} ${units[at]}`;
}
