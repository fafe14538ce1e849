import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { access, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ModelSource, PackFile, PackManifest, PackModel } from './pack-manifest';
import type { ModelFile } from './runtime';

/** The largest model file that is fetched. */
const MAX_DOWNLOAD_BYTES = 512 * 1024 * 1024;

/** Where the files of packs are looked for. */
export interface PackPlaces {
  /** Folder of the pack that is being read. */
  readonly packFolder: string;
  /** Folders searched in turn for `local` files. */
  readonly modelsFolders: readonly string[];
  /** Where files with an address are kept once they have been fetched and checked. */
  readonly cacheFolder: string;
}

/** A manifest with the places, by checksum, of the files on this machine that its models are made of. */
export interface LocatedPack {
  readonly manifest: PackManifest;
  readonly paths: Readonly<Record<string, string>>;
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

/** Folder of an installed package, also of one whose `exports` hide its package.json. */
async function packageFolder(name: string): Promise<string> {
  for (const folder of createRequire(__filename).resolve.paths(name) ?? []) {
    const candidate = path.join(folder, name);
    if (await exists(path.join(candidate, 'package.json'))) return candidate;
  }
  throw new Error(`the npm package ${name} is not installed: run npm ci`);
}

async function sha256Of(bytes: Uint8Array): Promise<string> {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Fetches to a temporary name, checks, then renames: a half-written or wrong file never bears the final name. */
async function download(url: string, sha256: string, cacheFolder: string): Promise<string> {
  const target = path.join(cacheFolder, sha256);
  if (await exists(target)) return target;
  await mkdir(cacheFolder, { recursive: true });
  const temporary = `${target}.${randomUUID()}.part`;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(600_000) });
    if (!response.ok || response.body === null) throw new Error(`${url} answered ${response.status}`);
    const hash = createHash('sha256');
    let received = 0;
    const check = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        received += chunk.length;
        hash.update(chunk);
        done(
          received > MAX_DOWNLOAD_BYTES ? new Error(`${url} is larger than ${MAX_DOWNLOAD_BYTES} bytes`) : null,
          chunk,
        );
      },
    });
    await pipeline(Readable.fromWeb(response.body as never), check, createWriteStream(temporary));
    if (hash.digest('hex') !== sha256)
      throw new Error(`${url} has another sha256 than its pack names; it was not kept`);
    await rename(temporary, target);
    return target;
  } finally {
    await rm(temporary, { force: true });
  }
}

async function locate(file: PackFile, places: PackPlaces): Promise<string> {
  if ('url' in file) return download(file.url, file.sha256, places.cacheFolder);
  if ('npm' in file) return path.join(await packageFolder(file.npm), file.path);
  if ('pack' in file) return path.join(places.packFolder, file.pack);
  if ('npmTarball' in file) return path.join(places.cacheFolder, file.sha256);
  for (const folder of places.modelsFolders) {
    const candidate = path.join(folder, file.local);
    if (await exists(candidate)) return candidate;
  }
  throw new Error(
    `${file.local} is not in ${places.modelsFolders.join(', ') || 'any models folder'}: set LIKENESS_MODELS_DIR`,
  );
}

/** Every model of a pack, in the order of its stages. */
export function modelsOf({ detector, landmarks, embedders }: PackManifest): PackModel[] {
  return [detector.model, landmarks.model, ...embedders.map(({ model }) => model)];
}

/** The canonical files first, then what may stand in for them. */
const sourcesOf = (model: PackModel): ModelSource[] => [model, ...(model.equivalents ?? [])];

/** Where all files of one of a model's sources are. @throws Error saying why the canonical ones are not at hand. */
async function locateModel(model: PackModel, places: PackPlaces): Promise<Record<string, string>> {
  let missing: unknown;
  for (const { files } of sourcesOf(model)) {
    try {
      const found: Record<string, string> = {};
      for (const file of files) found[file.sha256] = await locate(file, places);
      return found;
    } catch (error) {
      missing ??= error;
    }
  }
  throw missing;
}

/**
 * Finds the files of a pack, fetching those that have an address.
 *
 * @throws Error naming the file that is missing, or that came with another checksum.
 */
export async function locatePack(manifest: PackManifest, places: PackPlaces): Promise<LocatedPack> {
  const paths: Record<string, string> = {};
  for (const model of modelsOf(manifest)) Object.assign(paths, await locateModel(model, places));
  const others = [
    ...manifest.embedders.flatMap(({ centre }) => centre ?? []),
    ...manifest.selfTest.map(({ photo }) => photo),
  ];
  for (const file of others) paths[file.sha256] = await locate(file, places);
  return { manifest, paths };
}

/** The files of a model that are on this machine: the canonical ones, or others that give the same outputs. */
export function sourceOf({ paths }: LocatedPack, model: PackModel): ModelSource {
  return sourcesOf(model).find(({ files }) => files.every(({ sha256 }) => sha256 in paths))!;
}

/**
 * Reads a file and checks the very bytes that are going to be used.
 *
 * @throws Error when the checksum differs.
 */
export async function readChecked(pack: LocatedPack, file: PackFile): Promise<ModelFile> {
  const where = pack.paths[file.sha256]!;
  const bytes = await readFile(where);
  if ((await sha256Of(bytes)) !== file.sha256) {
    throw new Error(`${where} has another sha256 than pack ${pack.manifest.name} names: install it again`);
  }
  return { name: path.basename(where), bytes };
}
