import { createServer, type AddressInfo, type Socket } from 'node:net';
import { newId } from '../../src/domain/ids';
import { MilvusGateway } from '../../src/infra/milvus/milvus-gateway';
import { MilvusVectorIndex } from '../../src/infra/milvus/milvus-vector-index';
import type { VectorSpace } from '../../src/records/vector-space';
import { memoryWatermarks } from '../fixtures/milvus';
import { randomVectors, seeded } from '../fixtures/vectors';

const probe = randomVectors(1, 16, seeded(1))[0]!;

function makeSpace(): VectorSpace {
  return { tenantId: newId(), collectionId: newId(), embeddingDigest: newId(), dimension: 16, metric: 'COSINE' };
}

async function withServer(work: (address: string) => Promise<void>): Promise<void> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => void sockets.push(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await work(`127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

test('a server that is not there is DEPENDENCY_UNAVAILABLE, for every call', async () => {
  let unused = '';
  await withServer(async (address) => void (unused = address));
  const index = new MilvusVectorIndex({ address: unused, watermarks: memoryWatermarks() });
  const space = makeSpace();
  const unavailable = { code: 'DEPENDENCY_UNAVAILABLE', retryable: true };
  await expect(index.ping()).rejects.toMatchObject(unavailable);
  await expect(index.open(space)).rejects.toMatchObject(unavailable);
  await expect(index.search(space, [probe], 1)).rejects.toMatchObject(unavailable);
  await expect(index.apply(space, [], 1n)).resolves.toBeUndefined();
  await expect(index.reset(space)).rejects.toMatchObject(unavailable);
  await expect(index.drop(space)).rejects.toMatchObject(unavailable);
  await expect(index.stats(space)).rejects.toMatchObject(unavailable);
  await index.close();
  await expect(index.ping()).rejects.toMatchObject(unavailable);
});

test('a server that never answers is TIMEOUT after the deadline', async () => {
  await withServer(async (address) => {
    const index = new MilvusVectorIndex({ address, watermarks: memoryWatermarks(), deadlineMs: 200 });
    await expect(index.search(makeSpace(), [probe], 1)).rejects.toMatchObject({ code: 'TIMEOUT', retryable: true });
    await index.close();
  });
});

test.each(['tenantId', 'collectionId'])('a hit with another %s is never answered', async (field) => {
  const space = makeSpace();
  const hit = { vectorKey: '1', tenantId: space.tenantId, collectionId: space.collectionId, score: 1 };
  const search = jest.spyOn(MilvusGateway.prototype, 'search').mockResolvedValue([[hit, { ...hit, [field]: newId() }]]);
  await withServer(async (address) => {
    const index = new MilvusVectorIndex({ address, watermarks: memoryWatermarks(), deadlineMs: 200 });
    await expect(index.search(space, [probe], 2)).rejects.toThrow('another tenant or collection');
    await index.close();
  });
  search.mockRestore();
});
