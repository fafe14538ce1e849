import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '../../src/domain/ids';
import { UsearchVectorIndex } from '../../src/infra/usearch/usearch-vector-index';
import type { VectorIndexOp } from '../../src/ports/vector-index';
import type { VectorSpace } from '../../src/records/vector-space';
import { randomVectors, seeded } from '../fixtures/vectors';

test.each([1, 2])('random ops and restarts leave what a plain map would hold (seed %i)', async (seed) => {
  const random = seeded(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const directory = await mkdtemp(join(tmpdir(), 'likeness-usearch-'));
  const warnings: string[] = [];
  const onWarning = (message: string) => void warnings.push(message);
  const create = () => new UsearchVectorIndex({ directory, exactLimit: 40, shardSize: 150, onWarning });
  const space: VectorSpace = {
    tenantId: newId(),
    collectionId: newId(),
    embeddingDigest: 'churn',
    dimension: 16,
    metric: 'EUCLIDEAN',
  };
  const pool = randomVectors(500, 16, random, false);
  const held = new Map<bigint, Float32Array>();
  let index = create();
  await index.open(space);
  let seq = 0n;
  for (let round = 0; round < 28; round++) {
    // Rounds that mostly add and rounds that mostly delete, so that graphs grow, empty and are given up.
    const share = round % 4 === 3 ? 0.1 : 0.8;
    const ops = Array.from({ length: 150 }, (): VectorIndexOp => {
      const vectorKey = BigInt(1 + below(600));
      seq++;
      if (random() < share) return { kind: 'UPSERT', seq, vectorKey, vector: pool[below(pool.length)]! };
      return { kind: 'DELETE', seq, vectorKey };
    });
    await index.apply(space, ops, seq);
    for (const op of ops) {
      if (op.kind === 'UPSERT') held.set(op.vectorKey, op.vector);
      else held.delete(op.vectorKey);
    }
    if (round % 7 === 6) {
      await index.close();
      index = create();
      expect(await index.open(space)).toBe(seq);
    }
    expect((await index.stats(space)).count).toBe(held.size);
    const probes = [...new Set(held.values())];
    for (const [i, hits] of (await index.search(space, probes, 12)).entries()) {
      const equal = [...held].filter(([, vector]) => vector === probes[i]).map(([key]) => key);
      const found = hits.filter((hit) => hit.distance < 0.01).map((hit) => hit.vectorKey);
      expect(found.sort()).toEqual(equal.sort().slice(0, 12));
      expect(hits.every((hit) => held.has(hit.vectorKey))).toBe(true);
      expect(new Set(hits.map((hit) => hit.vectorKey)).size).toBe(hits.length);
    }
  }
  await index.close();
  await rm(directory, { recursive: true });
  expect(warnings).toEqual([]);
});
