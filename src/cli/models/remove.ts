import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { packIdOf } from '../../../workers/inference/pack-manifest';
import { listPackFolders, readAnyPack, type PackFolder } from '../../../workers/inference/pack-registry';
import { createSystem } from '../../database/system';
import { UsageError, type ModelsContext } from './context';
import { openDatabase } from './open-database';
import { compiledFolder, keyOf, namesInUse, namesOf } from './stored-files';

/**
 * `remove NAME@VERSION [--force]`: takes a pack of one's own away, and of any pack the files that were fetched or compiled for
 * it alone. What npm or LIKENESS_MODELS_DIR brings is left. A pack of one's own goes although its manifest is broken.
 *
 * @throws UsageError when there are several versions and none is said, or when collections use the pack, naming them, unless
 * it is forced.
 */
export async function removeModel(context: ModelsContext, name: string, force: boolean): Promise<number> {
  const { places, ownPacks, print } = context;
  const found = await findPack(places.packsFolders, name);
  const id = packIdOf(found);
  const own = path.dirname(found.folder) === ownPacks;
  const manifest = await readAnyPack(id, [path.dirname(found.folder)]).then(
    (pack) => pack.manifest,
    (error: Error) => {
      if (!own) throw error;
      return undefined;
    },
  );
  const collections = await collectionsOf(context, id);
  if (collections.length > 0 && !force) {
    throw new UsageError(
      `${id} is used by ${collections.length} collections: ${collections.join(', ')}. They could not be searched without it: delete them first, or run the command again with --force.`,
    );
  }
  if (own) await rm(found.folder, { recursive: true });
  if (manifest === undefined) {
    print(
      `${id} is removed. Its manifest was broken: what was fetched or compiled for it stays in ${places.cacheFolder}.`,
    );
    return 0;
  }
  const kept = await namesInUse(places.packsFolders, own ? undefined : id);
  let removed = 0;
  for (const parent of [places.cacheFolder, compiledFolder(places)]) {
    for (const entry of await readdir(parent).catch(() => [])) {
      const key = keyOf(entry);
      if (!namesOf(manifest).has(key) || kept.has(key)) continue;
      await rm(path.join(parent, entry));
      removed += 1;
    }
  }
  print(
    `${own ? `${id} is removed` : `${id} is shipped with Likeness and stays listed`}; ${removed} files of ${places.cacheFolder} were for it alone and are gone.`,
  );
  return 0;
}

/** The pack of that id, or the only one of that name. */
async function findPack(parents: readonly string[], wanted: string): Promise<PackFolder> {
  const all = await listPackFolders(parents);
  const versions = all.filter(({ name }) => name === wanted);
  const found = all.find((one) => packIdOf(one) === wanted) ?? versions[0];
  if (found === undefined) throw new UsageError(`There is no pack ${wanted} in ${parents.join(', ')}.`);
  if (versions.length > 1) {
    throw new UsageError(
      `Say which of them: ${versions.map(packIdOf).join(', ')}. One that is removed is gone for good.`,
    );
  }
  return found;
}

/** Where nothing was ever stored there are no collections to ask for. */
async function collectionsOf(context: ModelsContext, packId: string): Promise<readonly string[]> {
  const { database, dataDir } = context.config;
  if (!database && !existsSync(path.join(dataDir, 'postgres'))) return [];
  const needed = await createSystem(await openDatabase(context)).packs.listNeeded();
  return needed.find((one) => one.packId === packId)?.collectionIds ?? [];
}
