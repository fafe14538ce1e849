import { readPack } from '../../../workers/inference/pack-registry';
import { locatePack, modelsOf, readChecked, sourceOf } from '../../../workers/inference/pack-files';
import { packIdOf } from '../../../workers/inference/pack-manifest';
import { createFaceAnalyzer, type ThreadedFaceAnalyzer } from '../../../workers/inference/threaded-face-analyzer';
import type { ModelsContext } from './context';

/** An analyzer with one pack. @throws Error saying why that does not serve and what to do. */
export async function servePack({ places }: ModelsContext, id: string, threads: number): Promise<ThreadedFaceAnalyzer> {
  const reasons: string[] = [];
  return createFaceAnalyzer({
    ...places,
    packs: [id],
    threads,
    onWarning: (message) => reasons.push(message),
  }).catch((error: unknown) => {
    throw reasons.length > 0 ? new Error(reasons.join('\n')) : error;
  });
}

/**
 * Shows that a pack serves: checksums, compiling, the self-test on two faces.
 *
 * @throws Error saying what is wrong and what to do.
 */
export async function tryPack(context: ModelsContext, name: string): Promise<void> {
  const { places, print } = context;
  const { folder, manifest } = await readPack(name, places.packsFolders);
  const located = await locatePack(manifest, { ...places, packFolder: folder });
  for (const model of modelsOf(manifest)) {
    for (const file of sourceOf(located, model).files) await readChecked(located, file);
  }
  const id = packIdOf(manifest);
  const analyzer = await servePack(context, id, 1);
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
