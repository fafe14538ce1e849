import { isClassifier } from '../../../workers/inference/manifests';
import { packIdOf } from '../../../workers/inference/pack-manifest';
import { fetchFile, filesToFetch } from '../../../workers/inference/pack-pull';
import { findSoundFile, nameOf } from '../../../workers/inference/pack-files';
import { readAnyPack } from '../../../workers/inference/pack-registry';
import { inMegabytes, UsageError, type ModelsContext } from './context';
import { tryPack } from './trial';

/** A line of progress at each tenth. */
const PROGRESS_STEPS = 10;

/**
 * `pull NAME`: fetches what a pack lacks, compiles it and shows that it serves. What was fetched is kept, so that a pull that
 * was cut short goes on where it stopped.
 *
 * @throws UsageError when the licence restricts and was not accepted.
 */
export async function pullModel(context: ModelsContext, name: string, acceptLicence: boolean): Promise<number> {
  const { places, print, signal } = context;
  const { folder, manifest } = await readAnyPack(name, places.packsFolders);
  const id = packIdOf(manifest);
  const missing = await filesToFetch(manifest, { ...places, packFolder: folder }, findSoundFile);
  const size = missing.reduce((sum, { bytes }) => sum + bytes, 0);
  print(`${id}: ${missing.length === 0 ? 'every file is here' : `${missing.length} files, ${inMegabytes(size)}`}`);
  print(`licence: ${manifest.licence}, ${manifest.commercialUse ? 'commercial use allowed' : 'no commercial use'}`);
  if (!manifest.commercialUse && !acceptLicence) {
    throw new UsageError(
      `The licence of ${id} (${manifest.licence}) restricts what you may do with it. Read it; if you accept it, run the command again with --accept-licence.`,
    );
  }
  for (const file of missing) {
    const label = `${nameOf(file)} (${inMegabytes(file.bytes)}${file.licence ? `, ${file.licence}` : ''})`;
    print(label);
    let told = 0;
    await fetchFile(file, places.cacheFolder, {
      signal,
      onProgress: (bytes) => {
        const step = Math.floor((bytes / file.bytes) * PROGRESS_STEPS);
        if (step > told && step < PROGRESS_STEPS) print(`  ${step * (100 / PROGRESS_STEPS)} %`);
        told = Math.max(told, step);
      },
    });
    print('  here, checksum right');
  }
  await tryPack(context, id);
  const setting = isClassifier(manifest) ? 'LIKENESS_CLASSIFIERS' : 'LIKENESS_PACKS';
  print(`Name it in ${setting} to serve it: ${setting}=${id} npm start`);
  return 0;
}
