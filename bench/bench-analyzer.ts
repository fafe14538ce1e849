import path from 'node:path';
import { loadConfig } from '../src/config';
import type { EngineOptions } from '../workers/inference/pack-engine';
import type { PackPlacesOptions } from '../workers/inference/pack-registry';
import { createFaceAnalyzer, type ThreadedFaceAnalyzer } from '../workers/inference/threaded-face-analyzer';

/** The project's folder, whether this runs from dist/ or from the source. */
export const ROOT = path.resolve(__dirname, path.basename(path.dirname(__dirname)) === 'dist' ? '../..' : '..');

/** Packs of the project (or of another folder), model files where the server would find them. */
export function benchPlaces(packsFolder: string = path.join(ROOT, 'models')): PackPlacesOptions {
  const { dataDir, modelsDir } = loadConfig();
  return {
    packsFolders: [packsFolder],
    modelsFolders: modelsDir === undefined ? [] : [modelsDir],
    cacheFolder: path.join(dataDir, 'models'),
  };
}

/** An analyzer with one pack and as many threads as the settings say. */
export function benchAnalyzer(
  pack: string,
  packsFolder?: string,
  options: EngineOptions = {},
): Promise<ThreadedFaceAnalyzer> {
  const { inferenceThreads } = loadConfig();
  return createFaceAnalyzer({
    packs: [pack],
    ...benchPlaces(packsFolder),
    ...options,
    threads: inferenceThreads,
    onWarning: (message) => console.error(message),
  });
}
