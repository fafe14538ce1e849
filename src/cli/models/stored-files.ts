import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { compiledKey } from '../../../workers/inference/compiled-models';
import type { AnyManifest } from '../../../workers/inference/manifests';
import { modelsOf, sourcesOf, tablesOf } from '../../../workers/inference/pack-files';
import { packIdOf } from '../../../workers/inference/pack-manifest';
import { listPackFolders, readAnyPack, type PackPlacesOptions } from '../../../workers/inference/pack-registry';

/** Where compiled models are kept. */
export const compiledFolder = ({ cacheFolder }: PackPlacesOptions): string => path.join(cacheFolder, 'compiled');

/** What the name of a stored file begins with: the checksum of one that was fetched, the key of one that was compiled. */
export const keyOf = (entry: string): string => entry.split(/[-.]/)[0]!;

/** The keys of everything that is fetched or compiled for a pack. */
export function namesOf(manifest: AnyManifest): Set<string> {
  const sources = modelsOf(manifest).flatMap(sourcesOf);
  const files = [...sources.flatMap((source) => source.files), ...tablesOf(manifest)];
  const fetched = files.filter((file) => 'bytes' in file);
  return new Set([...sources.map(compiledKey), ...fetched.map((file) => file.sha256)]);
}

/** The keys of all packs but one. A pack that cannot be read keeps nothing alive. */
export async function namesInUse(parents: readonly string[], except?: string): Promise<Set<string>> {
  const names = new Set<string>();
  for (const pack of await listPackFolders(parents)) {
    if (packIdOf(pack) === except) continue;
    const read = await readAnyPack(packIdOf(pack), [path.dirname(pack.folder)]).catch(() => undefined);
    for (const name of read ? namesOf(read.manifest) : []) names.add(name);
  }
  return names;
}

/** Compiled models that no pack here asks for: of packs that are gone, or by the compiler of another release. */
export async function findUnusedCompiled(places: PackPlacesOptions): Promise<string[]> {
  const folder = compiledFolder(places);
  const used = await namesInUse(places.packsFolders);
  const entries = await readdir(folder).catch(() => []);
  return entries.filter((entry) => !used.has(keyOf(entry))).map((entry) => path.join(folder, entry));
}
