import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { compileModel, type ModelFile } from '../../packages/packs/src';
import { sha256Of, sha256OfFile } from './checksum';
import { compiledKey, compiledPath, readCompiled } from './compiled-models';
import { exists } from './model-store';
import { isClassifier, type AnyManifest } from './manifests';
import { packIdOf, type ModelSource, type PackFile, type PackManifest, type PackModel } from './pack-manifest';
import type { InferenceRuntime, Net } from './runtime';

/** Where the files of packs are looked for. */
export interface PackPlaces {
  /** Folder of the pack that is being read. */
  readonly packFolder: string;
  /** Folders searched in turn, by their bare names, for files that are neither of npm nor of the pack. */
  readonly modelsFolders: readonly string[];
  /** Where files that were fetched and checked are kept, each under its checksum. */
  readonly cacheFolder: string;
}

/** A manifest with the places, by checksum, of the files on this machine that its models are made of. */
export interface LocatedPack<Manifest extends AnyManifest = PackManifest> {
  readonly manifest: Manifest;
  readonly paths: Readonly<Record<string, string>>;
  /** Places of the compiled models, by {@link compiledKey}. */
  readonly compiled: Readonly<Record<string, string>>;
}

/** Folder of an installed package, also of one whose `exports` hide its package.json. */
async function packageFolder(name: string): Promise<string | undefined> {
  for (const folder of createRequire(__filename).resolve.paths(name) ?? []) {
    const candidate = path.join(folder, name);
    if (await exists(path.join(candidate, 'package.json'))) return candidate;
  }
  return undefined;
}

/** What a file is called where it comes from. */
export function nameOf(file: PackFile): string {
  if ('local' in file) return file.local;
  if ('pack' in file) return file.pack;
  return path.posix.basename('url' in file ? new URL(file.url).pathname : file.path);
}

/** Where a file of a pack may be, the first place that has it counts. */
async function placesOf(file: PackFile, places: PackPlaces): Promise<string[]> {
  const candidates: string[] = [];
  if ('npm' in file) {
    const folder = await packageFolder(file.npm);
    if (folder !== undefined) candidates.push(path.join(folder, file.path));
  } else if ('pack' in file) {
    candidates.push(path.join(places.packFolder, file.pack));
  } else {
    candidates.push(path.join(places.cacheFolder, file.sha256));
    candidates.push(...places.modelsFolders.map((folder) => path.join(folder, nameOf(file))));
  }
  return candidates;
}

/** Finds a file of a pack: its place, or undefined when it is not on this machine. */
export type FindFile = (file: PackFile, places: PackPlaces) => Promise<string | undefined>;

export const findFile: FindFile = async (file, places) => {
  for (const candidate of await placesOf(file, places)) if (await exists(candidate)) return candidate;
  return undefined;
};

/** The same, past files of its name with other bytes. */
export const findSoundFile: FindFile = async (file, places) => {
  for (const candidate of await placesOf(file, places)) {
    if ((await exists(candidate)) && (await sha256OfFile(candidate)) === file.sha256) return candidate;
  }
  return undefined;
};

/** @throws Error saying what to do when the file is not on this machine. */
async function locate(file: PackFile, places: PackPlaces, pack: string): Promise<string> {
  const found = await findFile(file, places);
  if (found === undefined) throw new Error(missingFile(file, places, pack));
  return found;
}

function missingFile(file: PackFile, { packFolder, modelsFolders }: PackPlaces, pack: string): string {
  if ('npm' in file) return `the npm package ${file.npm} with ${file.path} is not installed: run npm ci`;
  if ('pack' in file) return `${file.pack} is not in ${packFolder}`;
  const name = nameOf(file);
  if ('local' in file) {
    return `${name} is not in ${modelsFolders.join(', ') || 'any models folder'}: set LIKENESS_MODELS_DIR to the folder that has it`;
  }
  return `${name} is not on this machine: run npm run models -- pull ${pack}, or put it into the folder that LIKENESS_MODELS_DIR names`;
}

/** Every model of a pack, in the order of its stages. */
export function modelsOf(manifest: AnyManifest): PackModel[] {
  if (isClassifier(manifest)) return [manifest.model];
  const { detector, landmarks, embedders } = manifest;
  const fine = detector.fineModel === undefined ? [] : [detector.fineModel];
  return [detector.model, ...fine, landmarks.model, ...embedders.map(({ model }) => model)];
}

/** Every other file of a pack: what its embedders take off or multiply by, and the photographs of its self-test. */
export function tablesOf(manifest: AnyManifest): PackFile[] {
  if (isClassifier(manifest)) return [];
  const { embedders, selfTest } = manifest;
  const tables = embedders.flatMap(({ centre, projection }) => [centre ?? [], projection?.file ?? []].flat());
  return [...tables, ...selfTest.map(({ photo }) => photo)];
}

/** The canonical files first, then what may stand in for them. */
export const sourcesOf = (model: PackModel): ModelSource[] => [model, ...(model.equivalents ?? [])];

/**
 * Where all files of one of a model's sources are: of the first whose files are sound, where there are several. Of a model with
 * one source alone, or none that is sound, a damaged file is told when it is read.
 *
 * @throws Error saying why the canonical ones are not at hand.
 */
async function locateModel(model: PackModel, places: PackPlaces, pack: string): Promise<Record<string, string>> {
  const sources = sourcesOf(model);
  for (const find of sources.length > 1 ? [findSoundFile, findFile] : [findFile]) {
    for (const { files } of sources) {
      const found = await Promise.all(files.map(async (file) => [file.sha256, await find(file, places)] as const));
      if (found.every((entry): entry is [string, string] => entry[1] !== undefined)) return Object.fromEntries(found);
    }
  }
  const canonical = await Promise.all(model.files.map((file) => findFile(file, places)));
  throw new Error(missingFile(model.files[canonical.indexOf(undefined)]!, places, pack));
}

/**
 * Finds the files of a pack on this machine, and compiles what has to be. Nothing is fetched: that is what
 * `npm run models -- pull` is for.
 *
 * @throws Error naming the file that is missing and what to do, or what cannot be compiled.
 */
export async function locatePack<Manifest extends AnyManifest>(
  manifest: Manifest,
  places: PackPlaces,
): Promise<LocatedPack<Manifest>> {
  const paths: Record<string, string> = {};
  for (const model of modelsOf(manifest)) Object.assign(paths, await locateModel(model, places, manifest.name));
  for (const file of tablesOf(manifest)) paths[file.sha256] = await locate(file, places, manifest.name);
  return { manifest, paths, compiled: await compileModels(manifest, paths, path.join(places.cacheFolder, 'compiled')) };
}

/** What onnxruntime does not read itself is compiled for it, once. */
async function compileModels(
  manifest: AnyManifest,
  paths: Readonly<Record<string, string>>,
  folder: string,
): Promise<Record<string, string>> {
  const sources = modelsOf(manifest)
    .filter(({ runtime }) => runtime === 'onnxruntime')
    .map((model) => sourceOf({ paths }, model))
    .filter(({ format }) => format !== 'onnx');
  const entries = sources.map(
    async (source) => [compiledKey(source), await compiledPath(source, paths, folder)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

/** The files of a model that are on this machine: the canonical ones, or others that give the same outputs. */
export function sourceOf({ paths }: Pick<LocatedPack, 'paths'>, model: PackModel): ModelSource {
  return sourcesOf(model).find(({ files }) => files.every(({ sha256 }) => sha256 in paths))!;
}

/**
 * Reads a file and checks the very bytes that are going to be used.
 *
 * @throws Error when the checksum differs.
 */
export async function readChecked(pack: LocatedPack<AnyManifest>, file: PackFile): Promise<ModelFile> {
  const where = pack.paths[file.sha256]!;
  const bytes = await readFile(where);
  if (sha256Of(bytes) !== file.sha256) {
    const mend = 'bytes' in file ? `run npm run models -- pull ${packIdOf(pack.manifest)}` : 'install it again';
    throw new Error(`${where} has another sha256 than pack ${pack.manifest.name} names: ${mend}`);
  }
  return { name: path.basename(nameOf(file)), bytes };
}

/**
 * Loads a model of a pack into the runtime that it asks for.
 *
 * @throws Error when a checksum differs or the net does not load.
 */
export async function loadNet(
  pack: LocatedPack<AnyManifest>,
  model: PackModel,
  runtimeFor: (name: PackModel['runtime']) => Promise<InferenceRuntime>,
): Promise<Net> {
  const runtime = await runtimeFor(model.runtime);
  const source = sourceOf(pack, model);
  const compiled = model.runtime === 'onnxruntime' ? pack.compiled[compiledKey(source)] : undefined;
  if (compiled !== undefined) return runtime.load('onnx', [await readCompiled(compiled)]);
  const files = await Promise.all(source.files.map((file) => readChecked(pack, file)));
  // An ONNX file is compiled in about a tenth of a second, so what comes of it is not kept.
  if (model.runtime === 'onnxruntime')
    return runtime.load('onnx', [{ name: 'compiled', bytes: compileModel('onnx', files) }]);
  return runtime.load(source.format, files);
}
