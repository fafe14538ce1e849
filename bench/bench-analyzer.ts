import path from 'node:path';
import { loadConfig } from '../src/config';
import { createFaceAnalyzer, type ThreadedFaceAnalyzer } from '../workers/inference/threaded-face-analyzer';

/** The project's folder, whether this runs from dist/ or from the source. */
export const ROOT = path.resolve(__dirname, path.basename(path.dirname(__dirname)) === 'dist' ? '../..' : '..');

/** An analyzer with one pack, model files where LIKENESS_MODELS_DIR or `../shared/models` has them. */
export function benchAnalyzer(
  pack: string,
  packsFolder: string = path.join(ROOT, 'models'),
): Promise<ThreadedFaceAnalyzer> {
  const { modelsDir, dataDir, inferenceThreads } = loadConfig();
  return createFaceAnalyzer({
    packs: [pack],
    packsFolders: [packsFolder],
    modelsFolders: [modelsDir ?? path.resolve(ROOT, '../shared/models')],
    cacheFolder: path.join(dataDir, 'models'),
    ...(inferenceThreads === undefined ? {} : { threads: inferenceThreads }),
    onWarning: (message) => console.error(message),
  });
}
