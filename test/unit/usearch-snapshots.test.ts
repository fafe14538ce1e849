import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { newId } from '../../src/domain/ids';
import { UsearchVectorIndex, type UsearchVectorIndexOptions } from '../../src/infra/usearch/usearch-vector-index';
import type { VectorIndexOp } from '../../src/ports/vector-index';
import type { VectorSpace } from '../../src/records/vector-space';
import { clustered, exactNeighbours, randomVectors, seeded } from '../fixtures/vectors';

const DIMENSION = 32;

let directory: string;
let warnings: string[];
const open: UsearchVectorIndex[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'likeness-usearch-'));
  warnings = [];
});

afterEach(async () => {
  for (const index of open.splice(0)) await index.close();
  await rm(directory, { recursive: true });
});

function makeIndex(options: Partial<UsearchVectorIndexOptions> = {}): UsearchVectorIndex {
  const onWarning = (message: string) => void warnings.push(message);
  const index = new UsearchVectorIndex({ directory, onWarning, exactLimit: 100, shardSize: 1_000, ...options });
  open.push(index);
  return index;
}

function makeSpace(overrides: Partial<VectorSpace> = {}): VectorSpace {
  return {
    tenantId: newId(),
    collectionId: newId(),
    embeddingDigest: 'digest',
    dimension: DIMENSION,
    metric: 'COSINE',
    ...overrides,
  };
}

function upserts(vectors: readonly Float32Array[], from = 0): VectorIndexOp[] {
  return vectors.map((vector, i) => {
    return { kind: 'UPSERT', seq: BigInt(from + i + 1), vectorKey: BigInt(from + i + 1), vector };
  });
}

/** A space with graphs and an exact part, written to disk by closing its index. */
async function written(space: VectorSpace, vectors: readonly Float32Array[]): Promise<void> {
  const index = makeIndex();
  await index.open(space);
  await index.apply(space, upserts(vectors), BigInt(vectors.length));
  await index.close();
}

async function filesOf(space: VectorSpace): Promise<string[]> {
  const folder = join(directory, space.tenantId);
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => name.startsWith(space.collectionId)).map((name) => join(folder, name));
}

describe('a snapshot', () => {
  const vectors = clustered(2_500, DIMENSION, 5, seeded(1));

  test('brings graphs, exact part, equal vectors and watermark back', async () => {
    const space = makeSpace();
    const withTwins = [...vectors, ...vectors.slice(0, 20)];
    await written(space, withTwins);
    const index = makeIndex();
    expect(await index.open(space)).toBe(2_520n);
    expect(await index.stats(space)).toEqual({ count: 2_520, method: 'hnsw', watermark: 2_520n });
    const [hits] = await index.search(space, [vectors[3]!], 2);
    expect(hits!.map((hit) => hit.vectorKey).sort()).toEqual([2_504n, 4n]);
    await index.apply(space, [{ kind: 'DELETE', seq: 2_521n, vectorKey: 4n }], 2_521n);
    const [left] = await index.search(space, [vectors[3]!], 1);
    expect(left![0]!.vectorKey).toBe(2_504n);
    expect(warnings).toEqual([]);
  });

  test('lets nobody else read it, and leaves no other file', async () => {
    const space = makeSpace();
    await written(space, vectors);
    await written(space, vectors);
    const files = await filesOf(space);
    expect(files.filter((file) => file.endsWith('.json'))).toHaveLength(1);
    expect(files.filter((file) => file.endsWith('.state'))).toHaveLength(1);
    expect(files.some((file) => file.endsWith('.tmp'))).toBe(false);
    for (const file of files) expect((await stat(file)).mode & 0o077).toBe(0);
  });

  const damage: [string, RegExp, (file: string) => Promise<void>][] = [
    ['a graph cut short', /\.usearch$/, async (file) => truncate(file, (await stat(file)).size - 10)],
    ['a graph with one bit turned', /\.usearch$/, (file) => turnBit(file, 5_000)],
    ['an empty graph', /\.usearch$/, (file) => truncate(file, 0)],
    ['a missing graph', /\.usearch$/, (file) => rm(file)],
    ['a state with one bit turned', /\.state$/, (file) => turnBit(file, 900)],
    ['a missing state', /\.state$/, (file) => rm(file)],
    ['a sidecar with another watermark', /\.json$/, (file) => replaceIn(file, '2500', '9999')],
    ['a sidecar of another metric', /\.json$/, (file) => replaceIn(file, 'COSINE', 'EUCLIDEAN')],
    ['a sidecar that is no JSON', /\.json$/, (file) => writeFile(file, 'hello')],
    ['an empty sidecar', /\.json$/, (file) => truncate(file, 0)],
  ];

  test.each(damage)('with %s is not used: the space is empty, and can be filled again', async (_, pattern, harm) => {
    const space = makeSpace();
    await written(space, vectors);
    await harm((await filesOf(space)).find((file) => pattern.test(file))!);
    const index = makeIndex();
    expect(await index.open(space)).toBe(0n);
    expect(await index.search(space, [vectors[0]!], 5)).toEqual([[]]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(space.collectionId);
    await index.apply(space, upserts(vectors), 2_500n);
    const [hits] = await index.search(space, [vectors[9]!], 1);
    expect(hits![0]!.vectorKey).toBe(10n);
  });

  test('of another space is not used, even under the right name', async () => {
    const mine = makeSpace();
    const theirs = makeSpace();
    await written(mine, vectors.slice(0, 50));
    await written(theirs, vectors.slice(50, 100));
    const text = await readFile(
      (await filesOf(theirs)).find((file) => file.endsWith('.json'))!,
      'utf8',
    );
    await writeFile(
      (await filesOf(mine)).find((file) => file.endsWith('.json'))!,
      text,
    );
    const index = makeIndex();
    expect(await index.open(mine)).toBe(0n);
    expect(warnings[0]).toContain('its tenantId is another');
  });

  test('belongs to one digest, metric and dimension', async () => {
    const space = makeSpace();
    await written(space, vectors.slice(0, 50));
    const index = makeIndex();
    expect(await index.open({ ...space, metric: 'EUCLIDEAN' })).toBe(0n);
    expect(await index.open({ ...space, embeddingDigest: 'another' })).toBe(0n);
    expect(await index.open({ ...space, dimension: 16 })).toBe(0n);
    expect(await index.open(space)).toBe(50n);
  });

  test('is written after enough ops; what came later is replayed when the process is killed', async () => {
    const space = makeSpace();
    const killed = makeIndex({ snapshotAfterOps: 100 });
    await killed.open(space);
    await killed.apply(space, upserts(vectors.slice(0, 100)), 100n);
    while (!(await filesOf(space)).some((file) => file.endsWith('.json'))) await killed.ping();
    await killed.apply(space, upserts(vectors.slice(100, 150), 100), 150n);
    const index = makeIndex();
    expect(await index.open(space)).toBe(100n);
    await index.apply(space, upserts(vectors.slice(0, 150)), 150n);
    expect((await index.stats(space)).count).toBe(150);
  });

  test('is gone after reset and after drop', async () => {
    const space = makeSpace();
    await written(space, vectors);
    const index = makeIndex();
    await index.open(space);
    await index.reset(space);
    expect(await filesOf(space)).toEqual([]);
    await index.apply(space, upserts(vectors.slice(0, 10)), 10n);
    await index.close();
    expect((await filesOf(space)).length).toBeGreaterThan(0);
    const next = makeIndex();
    expect(await next.open(space)).toBe(10n);
    await next.drop(space);
    expect(await filesOf(space)).toEqual([]);
  });
});

describe('a deleted vector', () => {
  test.each(['COSINE', 'EUCLIDEAN'] as const)(
    'leaves every file, round after round, and its neighbours stay (%s)',
    async (metric) => {
      const space = makeSpace({ metric });
      const vectors = clustered(1_500, DIMENSION, 5, seeded(8));
      const deleted = new Set<number>();
      let seq = 1_500n;
      let index = makeIndex();
      await index.open(space);
      await index.apply(space, upserts(vectors), seq);
      await index.close();
      expect(await heldIn(await filesOf(space), vectors)).toEqual(vectors.map((_, row) => row));
      // Never more than half of a graph, which would then be given up. Two of each person, then a third, and so on: what
      // stood in for a deleted vector is deleted in its turn.
      for (const ofPerson of [0, 1, 2]) {
        index = makeIndex();
        expect(await index.open(space)).toBe(seq);
        const rows = vectors.map((_, row) => row).filter((row) => row % 5 === ofPerson && row % 2 === 0);
        const ops = rows.map((row): VectorIndexOp => ({ kind: 'DELETE', seq: ++seq, vectorKey: BigInt(row + 1) }));
        await index.apply(space, ops, seq);
        for (const row of rows) deleted.add(row);
        await index.close();
        const left = vectors.map((_, row) => row).filter((row) => !deleted.has(row));
        expect(await heldIn(await filesOf(space), vectors)).toEqual(left);
      }
      const reopened = makeIndex();
      await reopened.open(space);
      const left = vectors.map((_, row) => row).filter((row) => !deleted.has(row));
      const probes = [...deleted].slice(0, 100).map((row) => vectors[row]!);
      const answers = await reopened.search(space, probes, 5);
      let found = 0;
      probes.forEach((probe, i) => {
        const keys = new Set(answers[i]!.map((hit) => hit.vectorKey));
        const truth = exactNeighbours(
          left.map((row) => vectors[row]!),
          probe,
          5,
          metric,
        );
        found += truth.filter(({ row }) => keys.has(BigInt(left[row]! + 1))).length;
      });
      expect(found / 500).toBeGreaterThanOrEqual(0.97);
      expect(warnings).toEqual([]);
    },
  );

  test('leaves them in a space that is never quiet', async () => {
    const space = makeSpace();
    const vectors = clustered(400, DIMENSION, 5, seeded(9));
    await written(space, vectors);
    const index = makeIndex({ snapshotAfterMs: 3_600_000, snapshotWithinMs: 100 });
    await index.open(space);
    await index.apply(space, [{ kind: 'DELETE', seq: 401n, vectorKey: 1n }], 401n);
    const sidecar = (await filesOf(space)).find((file) => file.endsWith('.json'))!;
    while (!(await readFile(sidecar, 'utf8')).includes('\\"watermark\\":\\"401\\"')) await index.ping();
    await index.close();
    expect(await heldIn(await filesOf(space), vectors)).toEqual(vectors.map((_, row) => row).slice(1));
    expect(warnings).toEqual([]);
  });
});

describe('graphs', () => {
  test('give way to new ones when more than half of them was deleted, and lose nothing', async () => {
    const space = makeSpace();
    const vectors = clustered(2_000, DIMENSION, 5, seeded(2));
    const index = makeIndex();
    await index.open(space);
    await index.apply(space, upserts(vectors), 2_000n);
    const deletions = Array.from({ length: 1_600 }, (_, i): VectorIndexOp => {
      return { kind: 'DELETE', seq: BigInt(2_001 + i), vectorKey: BigInt(i + 1) };
    });
    await index.apply(space, deletions, 3_600n);
    const left = vectors.slice(1_600);
    for (let round = 0; round < 100; round++) {
      for (const [i, hits] of (await index.search(space, left.slice(0, 40), 3)).entries()) {
        expect(hits[0]!.vectorKey).toBe(BigInt(1_601 + i));
        expect(hits.every((hit) => hit.vectorKey > 1_600n)).toBe(true);
      }
    }
    await index.close();
    const sizes = await Promise.all((await filesOf(space)).map(async (file) => (await stat(file)).size));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(400 * 500);
    const reopened = makeIndex();
    expect(await reopened.open(space)).toBe(3_600n);
    const probes = left.slice(0, 100);
    const answers = await reopened.search(space, probes, 5);
    let found = 0;
    probes.forEach((probe, i) => {
      const keys = new Set(answers[i]!.map((hit) => hit.vectorKey));
      found += exactNeighbours(left, probe, 5, 'COSINE').filter(({ row }) => keys.has(BigInt(1_601 + row))).length;
    });
    expect(found / 500).toBeGreaterThanOrEqual(0.98);
    expect(warnings).toEqual([]);
  });

  test('answer with who is left where a crowd was deleted', async () => {
    const space = makeSpace();
    const crowd = clustered(400, DIMENSION, 400, seeded(3));
    const others = randomVectors(900, DIMENSION, seeded(4));
    const index = makeIndex();
    await index.open(space);
    await index.apply(space, upserts([...crowd, ...others]), 1_300n);
    const deletions = crowd.map((_, i): VectorIndexOp => {
      return { kind: 'DELETE', seq: BigInt(1_301 + i), vectorKey: BigInt(i + 1) };
    });
    await index.apply(space, deletions, 1_700n);
    const [hits] = await index.search(space, [crowd[0]!], 10);
    expect(hits).toHaveLength(10);
    const truth = exactNeighbours(others, crowd[0]!, 10, 'COSINE').map(({ row }) => BigInt(401 + row));
    expect(hits!.filter((hit) => truth.includes(hit.vectorKey)).length).toBeGreaterThanOrEqual(9);
  });
});

test('a disk that refuses costs a warning, not an answer', async () => {
  const file = join(directory, 'no-folder');
  await writeFile(file, '');
  const space = makeSpace();
  const vectors = clustered(600, DIMENSION, 5, seeded(6));
  const index = makeIndex({ directory: file });
  expect(await index.open(space)).toBe(0n);
  await index.apply(space, upserts(vectors), 600n);
  const deletions = Array.from({ length: 550 }, (_, i): VectorIndexOp => {
    return { kind: 'DELETE', seq: BigInt(601 + i), vectorKey: BigInt(i + 1) };
  });
  await index.apply(space, deletions, 1_150n);
  const [hits] = await index.search(space, [vectors[570]!], 50);
  expect(hits![0]!.vectorKey).toBe(571n);
  expect(hits).toHaveLength(50);
  await index.close();
  expect(warnings.some((warning) => warning.includes('could not be written'))).toBe(true);
});

test('a thread that died is started again, and says that the space has to be opened', async () => {
  const space = makeSpace();
  const vectors = clustered(50, DIMENSION, 5, seeded(7));
  const index = makeIndex();
  await index.open(space);
  await index.apply(space, upserts(vectors), 50n);
  const thread = Reflect.get(Reflect.get(index, 'thread') as object, 'worker') as Worker;
  const lost = index.apply(space, upserts(vectors), 51n);
  await thread.terminate();
  await lost.catch((error: unknown) => expect(error).toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' }));
  await expect(index.search(space, [vectors[0]!], 1)).rejects.toMatchObject({ details: { spaceNotOpen: true } });
  expect(await index.open(space)).toBe(0n);
  await index.apply(space, upserts(vectors), 50n);
  const [hits] = await index.search(space, [vectors[7]!], 1);
  expect(hits![0]!.vectorKey).toBe(8n);
});

test('a space that nobody opened is refused, and so is everything after close', async () => {
  const index = makeIndex();
  const probe = randomVectors(1, DIMENSION, seeded(5))[0]!;
  await expect(index.search(makeSpace(), [probe], 1)).rejects.toMatchObject({
    code: 'DEPENDENCY_UNAVAILABLE',
    details: { spaceNotOpen: true },
  });
  await index.close();
  await index.close();
  await expect(index.open(makeSpace())).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
});

async function turnBit(file: string, at: number): Promise<void> {
  const bytes = await readFile(file);
  bytes[at]! ^= 1;
  await writeFile(file, bytes);
}

async function replaceIn(file: string, from: string, to: string): Promise<void> {
  await writeFile(file, (await readFile(file, 'utf8')).replace(from, to));
}

/** The rows of those vectors whose bytes are in one of the files, in single or in half precision. */
async function heldIn(files: readonly string[], vectors: readonly Float32Array[]): Promise<number[]> {
  const contents = await Promise.all(files.map((file) => readFile(file)));
  const holds = (bytes: Buffer) => contents.some((content) => content.includes(bytes));
  return [...vectors.keys()].filter((row) => {
    const single = Buffer.from(Float32Array.from(vectors[row]!).buffer);
    const half = Buffer.from(Uint16Array.from(vectors[row]!, numberToHalf).buffer);
    return holds(single) || holds(half);
  });
}

/** Rounded to the nearest, ties to even, as the engine does. */
function numberToHalf(value: number): number {
  const sign = value < 0 ? 0x8000 : 0;
  const size = Math.abs(value);
  const exponent = Math.max(-14, Math.floor(Math.log2(size)));
  const steps = size / 2 ** (exponent - 10);
  const below = Math.floor(steps);
  const up = steps - below > 0.5 || (steps - below === 0.5 && below % 2 === 1);
  return sign + (size === 0 ? 0 : ((exponent + 14) << 10) + below + (up ? 1 : 0));
}
