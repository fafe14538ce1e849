import { AnalysisPool } from '../../../workers/inference/analysis-pool';
import { isClassifier } from '../../../workers/inference/manifests';
import { readAnyPack } from '../../../workers/inference/pack-registry';
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

/** A thread with one classifier. @throws Error saying why that does not serve and what to do. */
async function serveClassifier({ places }: ModelsContext, id: string): Promise<AnalysisPool> {
  const reasons: string[] = [];
  const pool = new AnalysisPool({ ...places, threads: 1, onWarning: (message) => reasons.push(message) });
  await pool.serve([id], 'classifier');
  if (pool.serving.length > 0) return pool;
  await pool.close();
  throw new Error(reasons.join('\n'));
}

/**
 * Shows that a pack serves: checksums, compiling, the self-test.
 *
 * @throws Error saying what is wrong and what to do.
 */
export async function tryPack(context: ModelsContext, name: string): Promise<void> {
  const { places, print } = context;
  const { folder, manifest } = await readAnyPack(name, places.packsFolders);
  const located = await locatePack(manifest, { ...places, packFolder: folder });
  for (const model of modelsOf(manifest)) {
    for (const file of sourceOf(located, model).files) await readChecked(located, file);
  }
  const id = packIdOf(manifest);
  const serving = await (isClassifier(manifest) ? serveClassifier(context, id) : servePack(context, id, 1));
  print(`${id} serves, on ${serving.runtimes()[id]}.`);
  await serving.close();
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
