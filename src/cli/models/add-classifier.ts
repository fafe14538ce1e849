import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { MAX_LABELS } from '../../domain/labels';
import { classifierManifestSchema, MAX_LABEL_LENGTH } from '../../../workers/inference/classifier-manifest';
import { packIdOf } from '../../../workers/inference/pack-manifest';
import { UsageError, type ModelsContext } from './context';
import { modelWishes, readWishes, type AddValues } from './model-wishes';
import { addOwnPack } from './own-pack';

/** What only an embedder has. */
const EMBEDDERS_OWN = ['dimension', 'template', 'template-scale', 'metric', 'mirrored', 'calibrate-on'] as const;

const wishes = z.object({
  ...modelWishes,
  labels: z.string({ error: 'must be said: a file with a label in each line, in the order of the model’s output' }),
  input: z
    .string({ error: 'must be said, like 150x150' })
    .regex(/^[1-9]\d*x[1-9]\d*$/, 'must be WIDTHxHEIGHT, like 150x150')
    .transform((value) => value.split('x').map(Number) as [number, number]),
  output: z.enum(['softmax', 'logits', 'sigmoid'], 'must be softmax, logits or sigmoid').default('softmax'),
  fit: z.enum(['stretch', 'crop'], 'must be stretch or crop').default('stretch'),
  'crop-share': z.coerce.number().positive().max(1).default(1),
});

/**
 * `add FILE... --classifier`: a pack of one's own around an image classifier. It is tried out before it bears its name, as an embedder is.
 *
 * @throws UsageError naming what was said wrongly, or what is wrong with the labels.
 */
export async function addClassifier(
  context: ModelsContext,
  files: readonly string[],
  values: AddValues,
): Promise<number> {
  const foreign = EMBEDDERS_OWN.filter((option) => values[option] !== undefined && values[option] !== false);
  if (foreign.length > 0) {
    throw new UsageError(`${foreign.map((option) => `--${option}`).join(', ')}: a classifier has none, embedders do.`);
  }
  const wish = readWishes(wishes, values);
  if (values['crop-share'] !== undefined && wish.fit !== 'crop') {
    throw new UsageError('--crop-share says how much of the middle is shown: say --fit crop, too, or leave it out.');
  }
  const labels = await readLabels(wish.labels);
  if (labels.length === 1 && wish.output !== 'sigmoid') {
    throw new UsageError(`One label is always sure of itself with --output ${wish.output}: say --output sigmoid.`);
  }
  const [width, height] = wish.input;
  await addOwnPack(context, files, wish, ({ model, layout }) => {
    const manifest = classifierManifestSchema.safeParse({
      kind: 'classifier',
      name: wish.name,
      version: wish.version,
      description: `${path.basename(files[0]!)}, added by hand.`,
      licence: wish.licence,
      commercialUse: wish['commercial-use'],
      model,
      input: { colour: wish.colour, layout: wish.layout ?? layout, ...wish.normalize },
      width,
      height,
      fit: wish.fit.toUpperCase(),
      cropShare: wish['crop-share'],
      output: wish.output.toUpperCase(),
      labels,
    });
    if (!manifest.success) throw new UsageError(z.prettifyError(manifest.error));
    return manifest.data;
  });
  context.print(`Name it in LIKENESS_CLASSIFIERS to serve it: LIKENESS_CLASSIFIERS=${packIdOf(wish)} npm start`);
  return 0;
}

/** A label a line; empty lines at the end count for nothing. @throws UsageError naming the line that is wrong. */
async function readLabels(file: string): Promise<string[]> {
  const found = await stat(file).catch(() => undefined);
  if (!found) throw new UsageError(`There is no file ${file}.`);
  if (!found.isFile()) throw new UsageError(`${file} is no file: it must be one with a label in each line.`);
  const tooMany = `${file} has more than ${MAX_LABELS} labels: a classifier may have as many.`;
  if (found.size > MAX_BYTES) throw new UsageError(tooMany);
  const text = new TextDecoder('utf-8', { fatal: true });
  const lines = await readFile(file).then((bytes) => {
    try {
      return text.decode(bytes).trimEnd().split('\n');
    } catch {
      throw new UsageError(`${file} is no text in UTF-8: it must have a label in each line.`);
    }
  });
  if (lines.length > MAX_LABELS) throw new UsageError(tooMany);
  const labels = new Set<string>();
  for (const [i, line] of lines.entries()) {
    const label = line.trim();
    const fault =
      label === ''
        ? 'is empty'
        : label.length > MAX_LABEL_LENGTH
          ? `is longer than ${MAX_LABEL_LENGTH} characters`
          : labels.has(label)
            ? `says ${label} again`
            : undefined;
    if (fault) throw new UsageError(`Line ${i + 1} of ${file} ${fault}: it must have a label of its own in each line.`);
    labels.add(label);
  }
  return [...labels];
}

/** As many labels, each as long as it may be, in UTF-8, with the ends of their lines. */
const MAX_BYTES = MAX_LABELS * (3 * MAX_LABEL_LENGTH + 2);
