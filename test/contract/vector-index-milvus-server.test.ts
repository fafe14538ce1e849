import { createHash } from 'node:crypto';
import { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { newId } from '../../src/domain/ids';
import { MilvusVectorIndex } from '../../src/infra/milvus/milvus-vector-index';
import type { VectorIndexOp } from '../../src/ports/vector-index';
import type { VectorSpace } from '../../src/records/vector-space';
import { memoryWatermarks, milvusAddress } from '../fixtures/milvus';
import { randomVectors, seeded } from '../fixtures/vectors';
import { suiteWhere } from '../fixtures/needs';

const address = milvusAddress('what a Milvus server can do to MilvusVectorIndex');
const namePrefix = 'likeness_test';
const vectors = randomVectors(20, 16, seeded(1));

suiteWhere(address !== undefined)('MilvusVectorIndex, when the server', () => {
  let client: MilvusClient;
  const watermarks = memoryWatermarks();
  let index: MilvusVectorIndex;

  beforeAll(() => {
    client = new MilvusClient({
      address: address!,
      telemetry: { enabled: false },
      logLevel: 'error',
      // The SDK pings every 10 s, and what the server says of that would be logged after the tests, which fails the run.
      channelOptions: { 'grpc.keepalive_time_ms': 2 ** 31 - 1, 'grpc.keepalive_permit_without_calls': 0 },
    });
    index = new MilvusVectorIndex({ address: address!, watermarks, namePrefix });
  });

  afterAll(async () => {
    await index?.close();
    await client?.closeConnection();
  });

  async function filledSpace(): Promise<{ space: VectorSpace; ops: VectorIndexOp[]; name: string }> {
    const space: VectorSpace = {
      tenantId: newId(),
      collectionId: newId(),
      embeddingDigest: newId(),
      dimension: 16,
      metric: 'COSINE',
    };
    const firstKey = BigInt(Date.now()) * 1_000n;
    const ops = vectors.map((vector, i): VectorIndexOp => {
      return { kind: 'UPSERT', seq: BigInt(i + 1), vectorKey: firstKey + BigInt(i), vector };
    });
    await index.open(space);
    await index.apply(space, ops, 20n);
    const hash = createHash('sha256').update(`COSINE/16/${space.embeddingDigest}`).digest('hex').slice(0, 32);
    return { space, ops, name: `${namePrefix}_${hash}` };
  }

  test('has released a collection (as after a restart), searches, counts and writes as before', async () => {
    const { space, ops, name } = await filledSpace();
    await client.releaseCollection({ collection_name: name });
    const [hits] = await index.search(space, [vectors[4]!], 1);
    expect(hits![0]!.vectorKey).toBe(ops[4]!.vectorKey);
    await client.releaseCollection({ collection_name: name });
    expect((await index.stats(space)).count).toBe(20);
    await client.releaseCollection({ collection_name: name });
    await index.apply(space, [{ kind: 'DELETE', seq: 21n, vectorKey: ops[4]!.vectorKey }], 21n);
    expect((await index.stats(space)).count).toBe(19);
  });

  test('has lost a collection, refuses to search it, and is filled again from the first op', async () => {
    const { space, ops, name } = await filledSpace();
    await client.dropCollection({ collection_name: name });
    const lost = { code: 'DEPENDENCY_UNAVAILABLE', details: { spaceNotOpen: true } };
    await expect(index.search(space, [vectors[0]!], 1)).rejects.toMatchObject(lost);
    await expect(index.stats(space)).rejects.toMatchObject(lost);
    expect(await index.open(space)).toBe(0n);
    await index.apply(space, ops, 20n);
    const [hits] = await index.search(space, [vectors[4]!], 1);
    expect(hits![0]!.vectorKey).toBe(ops[4]!.vectorKey);
  });

  test('has lost a collection that another process has made anew, is filled again in every space', async () => {
    const { space, ops, name } = await filledSpace();
    const other = new MilvusVectorIndex({ address: address!, watermarks, namePrefix });
    await client.dropCollection({ collection_name: name });
    expect(await other.open({ ...space, collectionId: newId() })).toBe(0n);
    expect(await index.open(space)).toBe(0n);
    await index.apply(space, ops, 20n);
    expect(await index.stats(space)).toMatchObject({ count: 20, watermark: 20n });
    await other.close();
  });

  test('has lost the rows of a space while nobody was connected, is filled again', async () => {
    const { space, ops, name } = await filledSpace();
    const known = memoryWatermarks();
    await known.set(space, 20n);
    await client.delete({ collection_name: name, filter: `tenantId == "${space.tenantId}"` });
    const next = new MilvusVectorIndex({ address: address!, watermarks: known, namePrefix });
    expect(await next.open(space)).toBe(0n);
    await next.apply(space, ops, 20n);
    expect(await next.stats(space)).toMatchObject({ count: 20, watermark: 20n });
    await next.close();
  });
});
