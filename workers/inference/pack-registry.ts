import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { newestFirst } from '../../src/domain/pack-version';
import type { PackDescription } from '../../src/ports/face-analyzer';
import { locatePack, type LocatedPack } from './pack-files';
import { embeddingDigest } from './pack-digest';
import { assertKind, parseManifest, type AnyManifest, type ManifestOf, type PackKind } from './manifests';
import { dimensionOf, packIdOf, type PackManifest } from './pack-manifest';
import type { PackFailure } from './thread-messages';

export interface PackPlacesOptions {
  /** Folders that hold `<name>@<version>/pack.json`. */
  readonly packsFolders: readonly string[];
  /** Folders searched in turn for model files, by name. */
  readonly modelsFolders: readonly string[];
  /** Where model files that were fetched are kept, by checksum. */
  readonly cacheFolder: string;
}

export function describePack(manifest: PackManifest): PackDescription {
  return {
    id: packIdOf(manifest),
    name: manifest.name,
    version: manifest.version,
    embeddingDigest: embeddingDigest(manifest),
    dimension: dimensionOf(manifest),
    metric: manifest.metric,
    calibration: manifest.calibration ?? null,
    licence: manifest.licence,
    commercialUse: manifest.commercialUse,
    description: manifest.description,
  };
}

/** A folder `<name>@<version>`. */
export interface PackFolder {
  readonly folder: string;
  readonly name: string;
  readonly version: string;
}

/** Every pack folder, by name, the newest version first. */
export async function listPackFolders(parents: readonly string[]): Promise<PackFolder[]> {
  const found: PackFolder[] = [];
  for (const parent of parents) {
    for (const entry of await readdir(parent).catch(() => [])) {
      const [name, version] = entry.split('@');
      if (name && version) found.push({ folder: path.join(parent, entry), name, version });
    }
  }
  return found.sort((a, b) => (a.name === b.name ? newestFirst(a.version, b.version) : a.name < b.name ? -1 : 1));
}

/** A pack's folder and what its pack.json says. */
export interface ReadPack<Manifest extends AnyManifest = AnyManifest> {
  readonly folder: string;
  readonly manifest: Manifest;
}

/**
 * A recognition pack.
 *
 * @param wanted `name@version`, or `name` for the newest version.
 * @throws Error when there is none, its manifest is not valid or it is a classifier.
 */
export async function readPack(wanted: string, parents: readonly string[]): Promise<ReadPack<PackManifest>> {
  const { folder, manifest } = await readAnyPack(wanted, parents);
  return { folder, manifest: assertKind(manifest, 'recognition') };
}

/** The same, whatever kind of pack it is. */
export async function readAnyPack(wanted: string, parents: readonly string[]): Promise<ReadPack> {
  const all = await listPackFolders(parents);
  const folder = all.find((one) => packIdOf(one) === wanted || one.name === wanted)?.folder;
  if (folder === undefined) throw new Error(`there is no pack ${wanted} in ${parents.join(', ')}`);
  const file = path.join(folder, 'pack.json');
  const manifest = parseManifest(await readFile(file, 'utf8'), file);
  if (packIdOf(manifest) !== path.basename(folder)) {
    throw new Error(`${file} is of ${packIdOf(manifest)}: a pack lies in the folder of its name and version`);
  }
  return { folder, manifest };
}

/**
 * Reads the manifests of the named packs and finds their files. A pack that lacks something or is of another kind is a failure, not
 * an exception.
 */
export async function locatePacks<Kind extends PackKind>(
  names: readonly string[],
  places: PackPlacesOptions,
  kind: Kind,
): Promise<{ packs: LocatedPack<ManifestOf[Kind]>[]; failures: PackFailure[] }> {
  const packs: LocatedPack<ManifestOf[Kind]>[] = [];
  const failures: PackFailure[] = [];
  for (const name of names) {
    try {
      const { folder, manifest } = await readAnyPack(name, places.packsFolders);
      packs.push(await locatePack(assertKind(manifest, kind), { ...places, packFolder: folder }));
    } catch (error) {
      failures.push({ packId: name, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return { packs, failures };
}
