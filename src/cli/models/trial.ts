import { readPack } from '../../../workers/inference/pack-registry';
import { locatePack, modelsOf, readChecked, sourceOf } from '../../../workers/inference/pack-files';
import { packIdOf } from '../../../workers/inference/pack-manifest';
import { createFaceAnalyzer } from '../../../workers/inference/threaded-face-analyzer';
import type { ModelsContext } from './context';

/**
 * Shows that a pack serves: checksums, compiling, the self-test on two faces.
 *
 * @throws Error saying what is wrong and what to do.
 */
export async function tryPack({ places, print }: ModelsContext, name: string): Promise<void> {
  const { folder, manifest } = await readPack(name, places.packsFolders);
  const located = await locatePack(manifest, { ...places, packFolder: folder });
  for (const model of modelsOf(manifest)) {
    for (const file of sourceOf(located, model).files) await readChecked(located, file);
  }
  const id = packIdOf(manifest);
  const reasons: string[] = [];
  const analyzer = await createFaceAnalyzer({
    ...places,
    packs: [id],
    threads: 1,
    onWarning: (message) => reasons.push(message),
  }).catch((error: unknown) => {
    throw reasons.length > 0 ? new Error(reasons.join('\n')) : error;
  });
  print(`${id} serves, on ${analyzer.runtimes()[id]}.`);
  await analyzer.close();
}

/** `verify NAME`. */
export async function verifyModel(context: ModelsContext, name: string): Promise<number> {
  try {
    await tryPack(context, name);
    return 0;
  } catch (error) {
    context.print(`${name} does not serve: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
}
