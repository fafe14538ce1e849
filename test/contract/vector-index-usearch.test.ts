import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsearchVectorIndex, type UsearchVectorIndexOptions } from '../../src/infra/usearch/usearch-vector-index';
import { describeVectorIndex, type VectorIndexHarness } from './vector-index.contract';

async function start(options: Partial<UsearchVectorIndexOptions>): Promise<VectorIndexHarness> {
  const directory = await mkdtemp(join(tmpdir(), 'likeness-usearch-'));
  const create = () =>
    new UsearchVectorIndex({
      directory,
      onWarning: (message) => {
        throw new Error(message);
      },
      ...options,
    });
  let index = create();
  return {
    index,
    reopen: async () => (index = create()),
    dispose: async () => {
      await index.close();
      await rm(directory, { recursive: true });
    },
  };
}

describeVectorIndex('UsearchVectorIndex (exact)', () => start({}));
describeVectorIndex('UsearchVectorIndex (graphs)', () => start({ exactLimit: 20, shardSize: 1_500 }));
