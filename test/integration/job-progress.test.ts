import { DomainError } from '../../src/domain/errors';
import type { Data } from '../fixtures/client';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';
import {
  createEnrollmentWorld,
  scriptedImage,
  type EnrollmentWorld,
  type ScriptedImage,
} from '../fixtures/enrollment-world';
import { seeded } from '../fixtures/vectors';
import { startWorldApi, type CallingTenant, type WorldApi } from '../fixtures/world-api';

let db: TestDatabase;
let world: EnrollmentWorld;
let api: WorldApi;
beforeAll(async () => {
  db = await startTestDatabase();
  world = await createEnrollmentWorld(db);
  api = await startWorldApi(world);
});
afterAll(async () => {
  await api?.stop();
  await world?.dispose();
  await db?.stop();
});
beforeEach(() => {
  world.analyzer.before = () => undefined;
});

const PROGRESS = 'progress { done indexed unindexed failed cancelled pending total }';
const progressOf = async (tenant: CallingTenant, id: string): Promise<Data> =>
  (await tenant.query(`query ($id: ID!) { job(id: $id) { ${PROGRESS} } }`, { id })).job.progress;
const listItems = async (tenant: CallingTenant, id: string, filter: Data = {}): Promise<Data[]> =>
  (
    await tenant.query(
      `query ($id: ID!, $filter: JobItemFilterInput) {
        job(id: $id) { items(filter: $filter, first: 1000) { nodes { ordinal state faceRecords { id } } } }
      }`,
      { id, filter },
    )
  ).job.items.nodes;

const GOOD: ScriptedImage = { faces: [1, 2], rejected: { 1: 'LOW_SHARPNESS' } };
const REJECTED: ScriptedImage = { faces: [3, 4], rejected: { 0: 'MISALIGNED', 1: 'LOW_SHARPNESS' } };
const NOBODY: ScriptedImage = { faces: [] };

async function begin(images: readonly ScriptedImage[], tenantOfBefore?: CallingTenant) {
  const tenant = tenantOfBefore ?? (await api.createTenant());
  const collectionId = await world.createCollection(tenant.scope);
  const items = images.map((image) => ({ image: { base64: scriptedImage(image).toString('base64') } }));
  const job = await world.service.enroll(tenant.scope, { collectionId, items }, 'request');
  return { tenant, collectionId, jobId: job.id };
}

/** What the items themselves say. */
function tally(items: readonly Data[]): Data {
  const count = (...states: string[]): number => items.filter(({ state }) => states.includes(state)).length;
  const unindexed = items.filter((item) => item.state === 'SUCCEEDED' && item.faceRecords.length === 0).length;
  return {
    done: count('SUCCEEDED'),
    indexed: count('SUCCEEDED') - unindexed,
    unindexed,
    failed: count('FAILED'),
    cancelled: count('CANCELLED'),
    pending: count('PENDING', 'RUNNING'),
    total: items.length,
  };
}

describe('the progress of a job', () => {
  it('tells what was indexed from what was not, what failed and what waits', async () => {
    const { tenant, jobId } = await begin([GOOD, REJECTED, NOBODY, { ...REJECTED, salt: 'other bytes' }]);
    const waiting = { done: 0, indexed: 0, unindexed: 0, failed: 0, cancelled: 0, pending: 4, total: 4 };
    expect(await progressOf(tenant, jobId)).toEqual(waiting);
    await world.settle();
    const ended = { done: 3, indexed: 1, unindexed: 2, failed: 1, cancelled: 0, pending: 0, total: 4 };
    expect(await progressOf(tenant, jobId)).toEqual(ended);
    const ordinals = async (filter: Data) => (await listItems(tenant, jobId, filter)).map((item) => item.ordinal);
    expect(await ordinals({ indexed: false })).toEqual([1, 3]);
    expect(await ordinals({ indexed: true })).toEqual([0]);
    expect(await ordinals({ indexed: false, state: 'FAILED' })).toEqual([]);
    expect(await ordinals({ state: 'SUCCEEDED' })).toEqual([0, 1, 3]);
    const { events } = await world.events.readAfter(tenant.scope, { jobId }, 0n, 100);
    const counts = { done: 3, unindexed: 2, failed: 1, cancelled: 0, total: 4 };
    expect(events.at(-1)).toMatchObject({ type: 'JOB_SUCCEEDED', payload: counts });
  });

  it('counts the same bytes as what their first image became', async () => {
    const twice = await begin([REJECTED, REJECTED, GOOD, GOOD]);
    await world.settle();
    expect(await progressOf(twice.tenant, twice.jobId)).toMatchObject({ indexed: 2, unindexed: 2, failed: 0 });
    const { scope } = twice.tenant;
    const items = [REJECTED, GOOD].map((image) => ({ image: { base64: scriptedImage(image).toString('base64') } }));
    const again = await world.service.enroll(scope, { collectionId: twice.collectionId, items }, 'request');
    await world.settle();
    expect(await progressOf(twice.tenant, again.id)).toMatchObject({ indexed: 1, unindexed: 1 });
  });

  it('is one item for a deletion', async () => {
    const { tenant, jobId } = await begin([GOOD]);
    await world.settle();
    const [item] = await listItems(tenant, jobId);
    const ids = item!.faceRecords.map((face: Data) => face.id);
    const deletion = await tenant.query(`mutation ($ids: [ID!]!) { deleteFaces(input: { faceIds: $ids }) { jobId } }`, {
      ids,
    });
    const { jobId: deletionId } = deletion.deleteFaces;
    const total = { failed: 0, unindexed: 0, cancelled: 0, total: 1 };
    expect(await progressOf(tenant, deletionId)).toEqual({ ...total, done: 0, indexed: 0, pending: 1 });
    await world.settleDeletions();
    expect(await progressOf(tenant, deletionId)).toEqual({ ...total, done: 1, indexed: 1, pending: 0 });
    // What was deleted later was indexed all the same.
    expect(await progressOf(tenant, jobId)).toMatchObject({ indexed: 1, unindexed: 0 });
  });

  it.each([1, 2, 3, 4, 5, 6])(
    'is what the items are, whatever is cancelled, fails and is tried again (%i)',
    async (seed) => {
      const random = seeded(seed);
      const kinds = [GOOD, REJECTED, NOBODY, GOOD];
      const images = Array.from({ length: 40 }, (_, n) => ({
        ...kinds[Math.floor(random() * kinds.length)]!,
        salt: random() < 0.2 ? 'same' : String(n),
      }));
      const { tenant, jobId } = await begin(images);
      const cancelAt = random() < 0.5 ? Math.floor(random() * 40) : -1;
      let calls = 0;
      world.analyzer.before = async () => {
        calls += 1;
        world.clock.advance(400);
        if (calls === cancelAt) await world.jobService.cancel(tenant.scope, jobId);
        if (random() < 0.1) throw new DomainError('IMAGE_UNREADABLE', 'Damaged, for now.');
        if (random() < 0.1) throw new DomainError('DEPENDENCY_UNAVAILABLE', 'Away, for now.');
        if (calls % 7 === 0) expect(await progressOf(tenant, jobId)).toEqual(tally(await listItems(tenant, jobId)));
      };
      for (let round = 0; round < 3; round += 1) {
        await world.settle({ ...world.handlerDependencies, inFlight: 4 }, 2);
        const progress = await progressOf(tenant, jobId);
        expect(progress).toEqual(tally(await listItems(tenant, jobId)));
        expect(progress.pending).toBe(0);
        if (progress.failed > 0) await world.jobService.retry(tenant.scope, jobId);
      }
      expect(world.faults.splice(0)).toEqual([]);
    },
  );
});
