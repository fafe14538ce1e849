import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { ModelFormat } from '../../../packages/packs/src';
import { sha256Of } from '../../../workers/inference/checksum';
import { isAlive } from '../../../workers/inference/model-store';
import { packIdOf, packManifestSchema, packVersion, type PackManifest } from '../../../workers/inference/pack-manifest';
import { filesToFetch } from '../../../workers/inference/pack-pull';
import { readPack } from '../../../workers/inference/pack-registry';
import { calibrateModel } from './calibrate';
import { UsageError, type ModelsContext } from './context';
import { tryPack } from './trial';

const text = { type: 'string' } as const;
const flag = { type: 'boolean', default: false } as const;
export const ADD_OPTIONS = {
  name: text,
  version: text,
  input: text,
  dimension: text,
  template: text,
  'template-scale': text,
  normalize: text,
  colour: text,
  layout: text,
  metric: text,
  mirrored: flag,
  licence: text,
  'commercial-use': flag,
  format: text,
  lambda: { type: 'string', multiple: true, default: [] as string[] },
  'calibrate-on': text,
} as const;

type AddValues = { readonly [K in keyof typeof ADD_OPTIONS]?: string | boolean | string[] };

/** Five points in the pixels of a chip of `size`: see docs/architecture.md. */
const TEMPLATES = {
  arcface: {
    size: 112,
    points: [
      [38.2946, 51.6963],
      [73.5318, 51.5014],
      [56.0252, 71.7366],
      [41.5493, 92.3655],
      [70.7299, 92.2041],
    ],
  },
  dlib: {
    size: 150,
    points: [
      [47.55, 46.6],
      [100.48, 46.6],
      [74.01, 76.56],
      [50.41, 103.02],
      [97.61, 103.02],
    ],
  },
  reid: {
    size: 128,
    points: [
      [40.392832, 59.081472],
      [87.375744, 59.081472],
      [64.033664, 81.98464],
      [44.732416, 105.560576],
      [83.639808, 105.560576],
    ],
  },
} as const;

/** Folders of packs that are being tried out, followed by the number of the process. */
const STAGE = '.adding-';

const FORMATS: Readonly<Record<string, { readonly format: ModelFormat; readonly layout: 'NCHW' | 'NHWC' }>> = {
  '.onnx': { format: 'onnx', layout: 'NCHW' },
  '.xml': { format: 'openvino-ir', layout: 'NCHW' },
  '.tflite': { format: 'tflite', layout: 'NHWC' },
  '.json': { format: 'tfjs-graph', layout: 'NHWC' },
  '.h5': { format: 'keras', layout: 'NHWC' },
  '.keras': { format: 'keras', layout: 'NHWC' },
};

const side = z
  .string({ error: 'must be said, like 112x112' })
  .regex(/^(\d+)x\1$/, 'must be a square like 112x112')
  .transform((value) => Number.parseInt(value, 10));
const numbers = z
  .string()
  .default('0,1')
  .transform((value) => value.split(',').map(Number))
  .refine(
    (values) => [2, 6].includes(values.length) && values.every(Number.isFinite),
    'must be MEAN,STD or three means and three divisors',
  );
/** `LAYER=FORM`, each. */
export const lambdaForms = z
  .array(z.string().regex(/^[^=]+=[^=]+$/, 'must be LAYER=FORM, like norm_layer=l2-normalize'))
  .default([])
  .transform((values) => Object.fromEntries(values.map((value) => value.split('=') as [string, string])));
const wishes = z.object({
  name: z
    .string({ error: 'must be said' })
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'must be of small letters, digits and hyphens'),
  version: packVersion.default('1'),
  input: side,
  dimension: z.coerce.number({ error: 'must be said: how many numbers the model gives' }).int().positive(),
  template: z.enum(['arcface', 'dlib', 'reid'], 'must be arcface, dlib or reid'),
  'template-scale': z.coerce.number().positive().default(1),
  normalize: numbers,
  colour: z.enum(['RGB', 'BGR']).default('RGB'),
  layout: z.enum(['NCHW', 'NHWC']).optional(),
  metric: z.enum(['COSINE', 'EUCLIDEAN']).default('COSINE'),
  mirrored: z.boolean().default(false),
  licence: z.string().default('not stated'),
  'commercial-use': z.boolean().default(false),
  format: z.string().optional(),
  lambda: lambdaForms,
  'calibrate-on': z.string().optional(),
});

/**
 * `add FILE...`: a pack of one's own around an embedder, with a detector and landmarks of ours. It is tried out before it bears
 * its name: a file that cannot be compiled, or that gives no vector, leaves nothing behind.
 *
 * @throws UsageError naming what was said wrongly.
 */
export async function addModel(context: ModelsContext, files: readonly string[], values: AddValues): Promise<number> {
  const parsed = wishes.safeParse(values);
  if (!parsed.success) {
    throw new UsageError(parsed.error.issues.map(({ path: at, message }) => `--${at.join('.')} ${message}`).join('\n'));
  }
  const wish = parsed.data;
  const all = withWeights(files);
  const { ownPacks, places, print } = context;
  const id = packIdOf(wish);
  const target = path.join(ownPacks, id);
  if (places.packsFolders.some((folder) => existsSync(path.join(folder, id)))) {
    throw new UsageError(`There is a pack ${id} already: give this one another --version.`);
  }
  await removeStages(ownPacks);
  const stage = path.join(ownPacks, `${STAGE}${process.pid}`);
  try {
    await mkdir(path.join(stage, id), { recursive: true, mode: 0o700 });
    const kept = [];
    for (const [file, name] of all) {
      await copyFile(file, path.join(stage, id, name));
      kept.push({ pack: name, sha256: sha256Of(await readFile(path.join(stage, id, name))) });
    }
    const manifest = await describe(context, wish, files[0]!, kept);
    await writeFile(path.join(stage, id, 'pack.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    await tryPack({ ...context, places: { ...places, packsFolders: [stage] } }, id);
    await rename(path.join(stage, id), target);
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
  print(`${id} is in ${target}.`);
  if (wish['calibrate-on'] !== undefined) return calibrateModel(context, id, wish['calibrate-on']);
  print(
    `It has no similarity scale: it compares by raw distance only. npm run models -- calibrate ${id} DIR fits one.`,
  );
  return 0;
}

/** What an `add` leaves that was ended with its process. */
async function removeStages(ownPacks: string): Promise<void> {
  for (const entry of await readdir(ownPacks).catch(() => [])) {
    if (!entry.startsWith(STAGE) || isAlive(Number(entry.slice(STAGE.length)))) continue;
    await rm(path.join(ownPacks, entry), { recursive: true, force: true });
  }
}

/** Each file and what it is called in the pack. An IR's weights lie beside its graph. */
function withWeights(files: readonly string[]): (readonly [file: string, name: string])[] {
  const [first] = files;
  if (first === undefined) throw new UsageError('Say which file: npm run models -- add FILE --name NAME ...');
  const all = files.length === 1 && first.endsWith('.xml') ? [first, first.replace(/\.xml$/, '.bin')] : [...files];
  const missing = all.filter((file) => !existsSync(file));
  if (missing.length > 0) throw new UsageError(`There is no file ${missing.join(', ')}.`);
  const names = all.map((file) =>
    path
      .basename(file)
      .replace(/[^\w.-]/g, '_')
      .replace(/\.{2,}/g, '.'),
  );
  if (new Set([...names, 'pack.json']).size <= names.length) {
    throw new UsageError('Every file must have a name of its own, and none be called pack.json.');
  }
  return all.map((file, i) => [file, names[i]!] as const);
}

/** By its first file's ending; weights of Keras may come after their architecture. */
function kindOf(names: readonly string[]): (typeof FORMATS)[string] | undefined {
  const endings = names.map((name) => path.extname(name).toLowerCase());
  return FORMATS[endings.includes('.h5') ? '.h5' : (endings[0] ?? '')];
}

async function describe(
  context: ModelsContext,
  wish: z.output<typeof wishes>,
  first: string,
  files: readonly { readonly pack: string; readonly sha256: string }[],
): Promise<PackManifest> {
  const known = kindOf(files.map(({ pack }) => pack));
  const format = wish.format ?? known?.format;
  if (format === undefined)
    throw new UsageError(`${path.basename(first)} is of no kind that is known by its ending: say --format.`);
  const { detector, landmarks, selfTest } = await frontEnd(context);
  const { size, points } = TEMPLATES[wish.template];
  const [mean, std] = [
    wish.normalize.slice(0, wish.normalize.length / 2),
    wish.normalize.slice(wish.normalize.length / 2),
  ];
  const triple = (part: readonly number[]): number[] =>
    part.length === 1 ? [part[0]!, part[0]!, part[0]!] : [...part];
  const manifest = packManifestSchema.safeParse({
    name: wish.name,
    version: wish.version,
    description: `${path.basename(first)}, added by hand.`,
    licence: wish.licence,
    commercialUse: wish['commercial-use'],
    metric: wish.metric,
    detector,
    landmarks,
    embedders: [
      {
        model: { format, files, ...(Object.keys(wish.lambda).length > 0 && { lambdas: wish.lambda }) },
        input: {
          colour: wish.colour,
          layout: wish.layout ?? known?.layout ?? 'NHWC',
          mean: triple(mean),
          std: triple(std),
        },
        size: wish.input,
        template: points.map((point) => point.map((value) => (value * wish.input) / size)),
        templateScale: wish['template-scale'],
        averageMirrored: wish.mirrored,
        output: 'RAW',
        unit: wish.metric === 'COSINE',
        weight: 1,
        dimension: wish.dimension,
      },
    ],
    selfTest,
    accuracy: [],
  });
  if (!manifest.success) throw new UsageError(z.prettifyError(manifest.error));
  return manifest.data;
}

/** The reference pack's detector and landmarks where its files are, else the bundled ones. */
async function frontEnd({ places }: ModelsContext): Promise<PackManifest> {
  const reference = await readPack('yunet-reid0095', places.packsFolders);
  const needed = { ...reference.manifest, embedders: [] };
  const here = await filesToFetch(needed, { ...places, packFolder: reference.folder }).then(
    (missing) => missing.length === 0,
    () => false,
  );
  return here ? reference.manifest : (await readPack('bundled', places.packsFolders)).manifest;
}
