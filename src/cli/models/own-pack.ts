import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ModelFormat } from '../../../packages/packs/src';
import { sha256Of } from '../../../workers/inference/checksum';
import type { AnyManifest } from '../../../workers/inference/manifests';
import { isAlive } from '../../../workers/inference/model-store';
import { packIdOf, type PackModel } from '../../../workers/inference/pack-manifest';
import { UsageError, type ModelsContext } from './context';
import { tryPack } from './trial';

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

/** What is said of a model whatever it is for. */
interface ModelWish {
  readonly name: string;
  readonly version: string;
  readonly format?: string | undefined;
  readonly lambda: Readonly<Record<string, string>>;
}

/** A model as a manifest has it, and the layout that its kind of file is fed in. */
export interface OwnModel {
  readonly model: Pick<PackModel, 'files' | 'lambdas'> & { readonly format: string };
  readonly layout: 'NCHW' | 'NHWC';
}

/**
 * Makes a pack of one's own of a model's files. It is tried out before it bears its name: a file that cannot be compiled, or whose
 * answers fit no use, leaves nothing behind.
 *
 * @param describe what its pack.json says.
 * @throws UsageError naming what was said wrongly.
 */
export async function addOwnPack(
  context: ModelsContext,
  files: readonly string[],
  wish: ModelWish,
  describe: (own: OwnModel) => AnyManifest | Promise<AnyManifest>,
): Promise<void> {
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
    const known = kindOf(kept.map(({ pack }) => pack));
    const format = wish.format ?? known?.format;
    if (format === undefined) {
      throw new UsageError(`${path.basename(files[0]!)} is of no kind that is known by its ending: say --format.`);
    }
    const manifest = await describe({
      model: { format, files: kept, ...(Object.keys(wish.lambda).length > 0 && { lambdas: wish.lambda }) },
      layout: known?.layout ?? 'NHWC',
    });
    await writeFile(path.join(stage, id, 'pack.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    await tryPack({ ...context, places: { ...places, packsFolders: [stage] } }, id);
    await rename(path.join(stage, id), target);
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
  print(`${id} is in ${target}.`);
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
