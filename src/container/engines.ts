import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Logger } from 'pino';
import type { PackPlacesOptions } from '../../workers/inference/pack-registry';
import { startFaceAnalyzer, type ThreadedFaceAnalyzer } from '../../workers/inference/threaded-face-analyzer';
import type { Config } from '../config';
import type { Database } from '../database';
import { createSystem } from '../database/system';
import { MEGABYTE } from '../domain/units';
import { MilvusVectorIndex } from '../infra/milvus/milvus-vector-index';
import { DiskRoom } from '../infra/storage/disk-room';
import { UsearchVectorIndex } from '../infra/usearch/usearch-vector-index';
import type { VectorIndex } from '../ports/vector-index';
import type { Closers } from './closers';
import { indexDirectory } from './foundation';

/** The project's own folder, from dist/src/container and from src/container alike. */
export function projectRoot(): string {
  let folder = __dirname;
  while (!existsSync(path.join(folder, 'package.json'))) folder = path.dirname(folder);
  return folder;
}

export function openVectorIndex(config: Config, database: Database, logger: Logger): VectorIndex {
  if (config.milvus) return new MilvusVectorIndex({ ...config.milvus, watermarks: createSystem(database).watermarks });
  return new UsearchVectorIndex({
    directory: indexDirectory(config),
    onWarning: (message) => logger.warn(message),
  });
}

/** Where packs and their files are: the shipped ones, and those of the data folder. */
export function packPlaces(config: Config): PackPlacesOptions {
  return {
    packsFolders: [path.join(projectRoot(), 'models'), path.join(config.dataDir, 'packs')],
    modelsFolders: config.modelsDir ? [config.modelsDir] : [],
    cacheFolder: path.join(config.dataDir, 'models'),
  };
}

/** An analyzer with those of the named packs and classifiers that pass; what does not is in the log. */
export async function openFaceAnalyzer(config: Config, logger: Logger): Promise<ThreadedFaceAnalyzer> {
  const analyzer = await startFaceAnalyzer({
    ...packPlaces(config),
    packs: config.packs,
    threads: config.inferenceThreads,
    maxPixelsInFlight: config.maxPixelsInFlight,
    onWarning: (message) => logger.warn(message),
  });
  await analyzer.serve(config.classifiers, 'classifier');
  return analyzer;
}

/** Watches the disks that this process writes to; an engine elsewhere looks after its own. */
export async function watchDisks(config: Config, logger: Logger, closers: Closers): Promise<DiskRoom> {
  const room = new DiskRoom({
    places: {
      ...(config.s3 ? {} : { images: config.imagesDir }),
      ...(config.database ? {} : { database: path.join(config.dataDir, 'postgres') }),
      ...(config.milvus ? {} : { index: indexDirectory(config) }),
    },
    reserveBytes: config.diskReserveBytes,
    onChange: (disk, level, freeBytes) => {
      const [write, message] = {
        OK: ['info', 'a disk has room again'] as const,
        LOW: ['warn', 'a disk runs low: no new images are taken'] as const,
        FULL: ['error', 'a disk is nearly full: nothing that writes is begun'] as const,
      }[level];
      logger[write]({ disk, freeMb: Math.floor(freeBytes / MEGABYTE) }, message);
    },
  });
  await room.start();
  closers.add('disk watch', () => room.stop());
  return room;
}
