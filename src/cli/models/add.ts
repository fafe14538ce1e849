import path from 'node:path';
import { z } from 'zod';
import { packIdOf, packManifestSchema, type PackManifest } from '../../../workers/inference/pack-manifest';
import { filesToFetch } from '../../../workers/inference/pack-pull';
import { readPack } from '../../../workers/inference/pack-registry';
import { calibrateModel } from './calibrate';
import { UsageError, type ModelsContext } from './context';
import { modelWishes, readWishes, type AddValues } from './model-wishes';
import { addOwnPack, type OwnModel } from './own-pack';

/** What only a classifier has. */
const CLASSIFIERS_OWN = ['labels', 'output', 'fit', 'crop-share'] as const;

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

const side = z
  .string({ error: 'must be said, like 112x112' })
  .regex(/^(\d+)x\1$/, 'must be a square like 112x112')
  .transform((value) => Number.parseInt(value, 10));
const wishes = z.object({
  ...modelWishes,
  input: side,
  dimension: z.coerce.number({ error: 'must be said: how many numbers the model gives' }).int().positive(),
  template: z.enum(['arcface', 'dlib', 'reid'], 'must be arcface, dlib or reid'),
  'template-scale': z.coerce.number().positive().default(1),
  metric: z.enum(['COSINE', 'EUCLIDEAN']).default('COSINE'),
  mirrored: z.boolean().default(false),
  'calibrate-on': z.string().optional(),
});

/**
 * `add FILE...`: a pack of one's own around an embedder, with a detector and landmarks of ours. It is tried out before it bears
 * its name: a file that cannot be compiled, or that gives no vector, leaves nothing behind.
 *
 * @throws UsageError naming what was said wrongly.
 */
export async function addModel(context: ModelsContext, files: readonly string[], values: AddValues): Promise<number> {
  const foreign = CLASSIFIERS_OWN.filter((option) => values[option] !== undefined);
  if (foreign.length > 0) {
    throw new UsageError(`${foreign.map((option) => `--${option}`).join(', ')}: say --classifier where it is one.`);
  }
  const wish = readWishes(wishes, values);
  await addOwnPack(context, files, wish, (own) => describe(context, wish, files[0]!, own));
  const id = packIdOf(wish);
  if (wish['calibrate-on'] !== undefined) return calibrateModel(context, id, wish['calibrate-on']);
  context.print(
    `It has no similarity scale: it compares by raw distance only. npm run models -- calibrate ${id} DIR fits one.`,
  );
  return 0;
}

async function describe(
  context: ModelsContext,
  wish: z.output<typeof wishes>,
  first: string,
  { model, layout }: OwnModel,
): Promise<PackManifest> {
  const { detector, landmarks, selfTest } = await frontEnd(context);
  const { size, points } = TEMPLATES[wish.template];
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
        model,
        input: {
          colour: wish.colour,
          layout: wish.layout ?? layout,
          ...wish.normalize,
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
