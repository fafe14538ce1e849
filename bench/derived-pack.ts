import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { packIdOf, type PackManifest } from '../workers/inference/pack-manifest';

/**
 * Lends a copy of a pack with another manifest, and with whatever lies beside it: models, centres, projections, photographs.
 *
 * @param folder of the pack.
 * @param manifest of the copy; its digest is computed, so that nothing takes it for the pack that it comes of.
 * @param use is given the folder that the copy's folder is in.
 */
export async function withDerivedPack<T>(
  folder: string,
  manifest: PackManifest,
  use: (packsFolder: string) => Promise<T>,
): Promise<T> {
  const packsFolder = await mkdtemp(path.join(tmpdir(), 'likeness-derived-pack-'));
  try {
    const target = path.join(packsFolder, packIdOf(manifest));
    await cp(folder, target, { recursive: true });
    await writeFile(path.join(target, 'pack.json'), JSON.stringify({ ...manifest, embeddingDigest: undefined }));
    return await use(packsFolder);
  } finally {
    await rm(packsFolder, { recursive: true });
  }
}
