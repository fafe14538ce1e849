import { setTimeout as delay } from 'node:timers/promises';
import { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { MilvusVectorIndex } from '../../src/infra/milvus/milvus-vector-index';
import type { VectorIndex } from '../../src/ports/vector-index';
import { FLAT as calibration } from '../fixtures/calibrations';
import { enrollScripted } from '../fixtures/curation';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';
import { createEnrollmentWorld, scriptedImage, vectorOf, type EnrollmentWorld } from '../fixtures/enrollment-world';
import { memoryWatermarks, milvusAddress } from '../fixtures/milvus';
import { suiteWhere } from '../fixtures/needs';
import { createTestSearch } from '../fixtures/search';

const address = milvusAddress('what a graph hides');
/** Beyond the links that a vector of the graph has (16 up, 32 below), so that equal ones fill them. */
const EQUAL = 60;
const TENANTS = 4;
const PREFIX = 'likeness_hidden';

/** What was written lies in memory, where all of it is looked at, until it is flushed; then the graph is made in the background. */
async function makeGraphs(): Promise<void> {
  const client = new MilvusClient({ address: address! });
  const names = (await client.showCollections()).data.map(({ name }) => name).filter((name) => name.startsWith(PREFIX));
  await client.flushSync({ collection_names: names });
  await Promise.all(names.map((collection_name) => client.loadCollectionSync({ collection_name })));
  await client.closeConnection();
}

suiteWhere(address !== undefined)('one photograph enrolled by many', () => {
  let db: TestDatabase;
  let world: EnrollmentWorld;
  let index: VectorIndex;

  beforeAll(async () => {
    db = await startTestDatabase();
    index = new MilvusVectorIndex({ address: address!, watermarks: memoryWatermarks(), namePrefix: PREFIX });
    world = await createEnrollmentWorld(db, index);
  });
  afterAll(async () => {
    await world?.dispose();
    await db?.stop();
  });

  it('is found of everybody, though the engine hides equal vectors', async () => {
    const { search } = createTestSearch(world, calibration);
    const galleries = [];
    for (let n = 0; n < TENANTS; n++) {
      const scope = await world.createTenant();
      const collectionId = await world.createCollection(scope);
      const people = Array.from({ length: EQUAL }, (_, at) => ({ create: { displayName: `Person ${at}` } }));
      await enrollScripted(world, scope, collectionId, [
        ...people.map((person, at) => ({ faces: [1], salt: `${at}`, person })),
        { faces: [2], person: { create: { displayName: 'Somebody else' } } },
      ]);
      galleries.push({ scope, collectionId });
    }
    await makeGraphs();
    const [first] = galleries;
    const { embeddingDigest, dimension, metric } = world.pack;
    const space = {
      tenantId: first!.scope.tenantId,
      collectionId: first!.collectionId,
      embeddingDigest,
      dimension,
      metric,
    };
    const findsAll = async (): Promise<boolean> =>
      (await index.search(space, [vectorOf(1)], 1_000))[0]!.length >= EQUAL;
    for (let tries = 0; tries < 100 && (await findsAll()); tries++) await delay(100);
    // Else this test shows nothing.
    expect(await findsAll()).toBe(false);
    for (const { scope, collectionId } of galleries) {
      const { probes } = await search.search(scope, {
        collectionIds: [collectionId],
        image: { base64: scriptedImage({ faces: [1] }).toString('base64') },
        ...{ filter: null, threshold: 99, limit: 100, mayRead: true },
      });
      expect(probes[0]!.matches).toHaveLength(EQUAL);
    }
  });
});
