import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { PackDescription } from '../../src/ports/face-analyzer';
import { locatePack, type LocatedPack } from './pack-files';
import { embeddingDigest, parsePackManifest, type PackManifest } from './pack-manifest';
import type { PackFailure } from './thread-messages';

export interface PackPlacesOptions {
  /** Folders that hold `<name>/pack.json`, searched in turn. */
  readonly packsFolders: readonly string[];
  /** Folders searched in turn for model files that a pack calls local. */
  readonly modelsFolders: readonly string[];
  /** Where model files with an address are kept. */
  readonly cacheFolder: string;
}

export function describePack(manifest: PackManifest): PackDescription {
  return {
    id: `${manifest.name}@${manifest.version}`,
    name: manifest.name,
    version: manifest.version,
    embeddingDigest: embeddingDigest(manifest),
    dimension: manifest.embedder.dimension,
    metric: manifest.metric,
    calibration: manifest.calibration,
    licence: manifest.licence,
    commercialUse: manifest.commercialUse,
    description: manifest.description,
  };
}

async function readManifest(
  name: string,
  folders: readonly string[],
): Promise<{ folder: string; manifest: PackManifest }> {
  for (const parent of folders) {
    const folder = path.join(parent, name);
    const file = path.join(folder, 'pack.json');
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text !== undefined) return { folder, manifest: parsePackManifest(text, file) };
  }
  throw new Error(`no ${name}/pack.json in ${folders.join(', ')}`);
}

/** Reads the manifests of the named packs and finds their files. A pack that lacks something is a failure, not an exception. */
export async function locatePacks(
  names: readonly string[],
  places: PackPlacesOptions,
): Promise<{ packs: LocatedPack[]; failures: PackFailure[] }> {
  const packs: LocatedPack[] = [];
  const failures: PackFailure[] = [];
  for (const name of names) {
    try {
      const { folder, manifest } = await readManifest(name, places.packsFolders);
      packs.push(await locatePack(manifest, { ...places, packFolder: folder }));
    } catch (error) {
      failures.push({ packId: name, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return { packs, failures };
}
