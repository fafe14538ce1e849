import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Logger } from 'pino';
import type { Config } from '../config';
import { MilvusVectorIndex } from '../infra/milvus/milvus-vector-index';
import type { Database } from '../infra/prisma/database';
import { PrismaWatermarkStore } from '../infra/prisma/vector-op-repository';
import { UsearchVectorIndex } from '../infra/usearch/usearch-vector-index';
import type { FaceAnalyzer } from '../ports/face-analyzer';
import type { VectorIndex } from '../ports/vector-index';
import { createFaceAnalyzer } from '../../workers/inference/threaded-face-analyzer';
import { indexDirectory } from './foundation';

/** The project's own folder, from dist/src/container and from src/container alike. */
export function projectRoot(): string {
  let folder = __dirname;
  while (!existsSync(path.join(folder, 'package.json'))) folder = path.dirname(folder);
  return folder;
}

export function openVectorIndex(config: Config, database: Database, logger: Logger): VectorIndex {
  if (config.milvus) return new MilvusVectorIndex({ ...config.milvus, watermarks: new PrismaWatermarkStore(database) });
  return new UsearchVectorIndex({
    directory: indexDirectory(config),
    onWarning: (message) => logger.warn(message),
  });
}

/** @throws DomainError DEPENDENCY_UNAVAILABLE when no pack can serve. */
export async function openFaceAnalyzer(config: Config, logger: Logger): Promise<FaceAnalyzer> {
  const root = projectRoot();
  const besideProject = path.resolve(root, '..', 'shared', 'models');
  const analyzer = await createFaceAnalyzer({
    packsFolders: [path.join(root, 'models')],
    modelsFolders: config.modelsDir ? [config.modelsDir] : [besideProject].filter(existsSync),
    cacheFolder: path.join(config.dataDir, 'models'),
    packs: config.packs,
    threads: config.inferenceThreads,
    onWarning: (message) => logger.warn(message),
  });
  logger.info({ runtimes: analyzer.runtimes() }, 'recognition packs are ready');
  return analyzer;
}
