import { DomainError } from '../../src/domain/errors';
import { newId } from '../../src/domain/ids';
import type { TenantScope } from '../../src/domain/tenant-scope';
import { JobKinds } from '../../src/modules/jobs/job-kind';
import { jobKinds } from '../../src/modules/jobs/job-kinds';
import { JobStore } from '../../src/modules/jobs/job.store';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';
import { createEnrollmentWorld, scriptedImage, type EnrollmentWorld } from '../fixtures/enrollment-world';

let db: TestDatabase;
let world: EnrollmentWorld;
beforeAll(async () => {
  db = await startTestDatabase();
  world = await createEnrollmentWorld(db);
});
afterAll(async () => {
  await world.dispose();
  await db.stop();
});
beforeEach(() => {
  world.analyzer.before = () => undefined;
});

async function start(images: number) {
  const scope = await world.createTenant();
  const collectionId = await world.createCollection(scope);
  const items = Array.from({ length: images }, (_, n) => ({
    image: { base64: scriptedImage({ faces: [n] }).toString('base64') },
  }));
  const job = await world.service.enroll(scope, { collectionId, items }, 'request');
  return { scope, collectionId, job };
}

async function eventTypes(scope: TenantScope, jobId: string): Promise<string[]> {
  return (await world.events.readAfter(scope, { jobId }, 0n, 1_000)).events.map((event) => event.type);
}

describe('cancelJob', () => {
  it('ends a job that has not begun at once', async () => {
    const { scope, job } = await start(40);
    expect(await world.jobService.cancel(scope, job.id)).toMatchObject({ state: 'CANCELLED', done: 0, failed: 0 });
    await world.settle();
    const items = await world.jobs.listItems(scope, job.id, { state: 'CANCELLED' }, { first: 50 });
    expect(items).toHaveLength(40);
    expect(await eventTypes(scope, job.id)).toEqual(['JOB_CREATED', 'JOB_CANCELLED']);
    expect(await world.jobService.cancel(scope, job.id)).toMatchObject({ state: 'CANCELLED' });
  });

  it('stops a running chunk before its next item; what is indexed stays', async () => {
    const { scope, job } = await start(40);
    let analysed = 0;
    world.analyzer.before = async () => {
      analysed += 1;
      world.clock.advance(1_000);
      if (analysed === 5) await world.jobService.cancel(scope, job.id);
    };
    await world.settle({ ...world.handlerDependencies, inFlight: 1 });
    const finished = await world.jobs.find(scope, job.id);
    expect(finished).toMatchObject({ state: 'CANCELLED', done: 5, failed: 0, total: 40 });
    const items = await world.jobs.listItems(scope, job.id, {}, { first: 50 });
    expect(items.filter((item) => item.faces[0]?.state === 'INDEXED')).toHaveLength(5);
    expect(items.filter((item) => item.state === 'CANCELLED')).toHaveLength(35);
    const types = await eventTypes(scope, job.id);
    expect(types.at(-1)).toBe('JOB_CANCELLED');
    expect(types.filter((type) => type === 'JOB_CANCELLED')).toHaveLength(1);
  });

  it('is refused for a deletion, and for what is not there or another tenant’s', async () => {
    const { job } = await start(1);
    const scope = await world.createTenant();
    for (const id of [job.id, newId(), 'nonsense']) {
      await expect(world.jobService.cancel(scope, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
    const deletionId = newId();
    await db.database.maintain(scope, (tx) =>
      tx.job.create({ data: { id: deletionId, tenantId: scope.tenantId, kind: 'DELETION', requestId: 'r' } }),
    );
    await expect(world.jobService.cancel(scope, deletionId)).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(world.jobService.retry(scope, deletionId)).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});

describe('a kind of job without items', () => {
  it('is not finished by cancelling it while its handler runs', async () => {
    const counting = {
      ...jobKinds.all[0]!,
      name: 'COUNTING',
      definition: { ...jobKinds.all[0]!.definition, name: 'count' },
    };
    const jobs = new JobStore(db.database, new JobKinds([...jobKinds.all, counting]));
    const scope = await world.createTenant();
    const id = newId();
    await db.database.maintain(scope, (tx) =>
      tx.job.create({
        data: {
          id,
          tenantId: scope.tenantId,
          kind: 'COUNTING',
          requestId: 'r',
          state: 'IN_PROGRESS',
          total: 3,
          done: 1,
        },
      }),
    );
    const now = world.clock.now();
    expect(await jobs.requestCancel(scope, id, now)).toMatchObject({
      state: 'IN_PROGRESS',
      cancelRequestedAt: now,
      finishedAt: null,
    });
    expect(await eventTypes(scope, id)).toEqual([]);
  });
});

describe('a job of a kind that only a newer version knows', () => {
  it('is not shown and keeps no page back; to cancel or retry it is a CONFLICT', async () => {
    const { scope, job } = await start(1);
    const id = newId();
    await db.database.maintain(scope, (tx) =>
      tx.job.create({ data: { id, tenantId: scope.tenantId, kind: 'OF_TOMORROW', requestId: 'r', total: 1 } }),
    );
    const [first, ...others] = await world.jobService.list(scope, {}, { first: 1 });
    expect([first!.id, ...others]).toEqual([job.id]);
    expect(await world.jobService.find(scope, id)).toBeNull();
    const refusal = { code: 'CONFLICT', message: expect.stringContaining('does not know: OF_TOMORROW') };
    await expect(world.jobService.cancel(scope, id)).rejects.toMatchObject(refusal);
    await expect(world.jobService.retry(scope, id)).rejects.toMatchObject(refusal);
    const kept = await db.database.maintain(scope, (tx) => tx.job.findUnique({ where: { id } }));
    expect(kept).toMatchObject({ state: 'QUEUED', cancelRequestedAt: null });
    await world.settle();
  });
});

describe('a fault of the surroundings', () => {
  it('is tried again while there are deliveries, then is the item’s outcome', async () => {
    const { scope, job } = await start(3);
    let calls = 0;
    world.analyzer.before = () => {
      calls += 1;
      if (calls <= 4) throw new DomainError('DEPENDENCY_UNAVAILABLE', 'Not now.');
    };
    await world.settle({ ...world.handlerDependencies, inFlight: 1 }, 5);
    expect(await world.jobs.find(scope, job.id)).toMatchObject({ state: 'SUCCEEDED', done: 3, failed: 0 });

    const second = await start(3);
    world.analyzer.before = () => {
      throw new DomainError('STORAGE_FULL', 'No room left. Free some.');
    };
    await world.settle(world.handlerDependencies, 2);
    expect(await world.jobs.find(second.scope, second.job.id)).toMatchObject({ state: 'SUCCEEDED', failed: 3 });
    const [item] = await world.jobs.listItems(second.scope, second.job.id, { state: 'FAILED' }, { first: 1 });
    expect(item!.error).toEqual({ code: 'STORAGE_FULL', message: 'No room left. Free some.' });
  });

  it('that nobody understands is masked for the caller and reported', async () => {
    const { scope, job } = await start(1);
    world.analyzer.before = () => {
      throw new TypeError('secret detail');
    };
    await world.settle(world.handlerDependencies, 2);
    const [item] = await world.jobs.listItems(scope, job.id, {}, { first: 1 });
    expect(item!.error!.code).toBe('INTERNAL_SERVER_ERROR');
    expect(item!.error!.message).not.toContain('secret');
    expect(world.faults.splice(0)).toEqual([expect.objectContaining({ message: 'secret detail' })]);
  });

  it('leaves everything as it was when the delivery is stopped', async () => {
    const { scope, job } = await start(3);
    const controller = new AbortController();
    world.analyzer.before = () => {
      controller.abort(new Error('stopping'));
      throw new Error('aborted');
    };
    await world.relay.drain();
    const [delivery] = world.deliveries.splice(0);
    const handler = world.handler();
    await expect(
      handler.handle({
        id: delivery!.id,
        payload: delivery!.payload,
        attempt: 3,
        isLastAttempt: true,
        signal: controller.signal,
      }),
    ).rejects.toThrow('aborted');
    expect(await world.jobs.find(scope, job.id)).toMatchObject({ state: 'IN_PROGRESS', done: 0, failed: 0 });
    world.analyzer.before = () => undefined;
    await world.run(delivery!.payload);
    expect(await world.jobs.find(scope, job.id)).toMatchObject({ state: 'SUCCEEDED', done: 3 });
  });
});

describe('retryJob', () => {
  it('works again on what failed, and on nothing else', async () => {
    const { scope, job } = await start(3);
    let calls = 0;
    world.analyzer.before = () => {
      calls += 1;
      if (calls === 2) throw new DomainError('IMAGE_UNREADABLE', 'Damaged.');
    };
    await world.settle({ ...world.handlerDependencies, inFlight: 1 });
    expect(await world.jobs.find(scope, job.id)).toMatchObject({ state: 'SUCCEEDED', done: 2, failed: 1 });
    const retried = await world.jobService.retry(scope, job.id);
    expect(retried).toMatchObject({ state: 'QUEUED', done: 2, failed: 0, finishedAt: null });
    await expect(world.jobService.retry(scope, job.id)).rejects.toMatchObject({ code: 'CONFLICT' });
    await world.settle();
    expect(await world.jobs.find(scope, job.id)).toMatchObject({ state: 'SUCCEEDED', done: 3, failed: 0 });
    expect(calls).toBe(4);
    const types = await eventTypes(scope, job.id);
    expect(types.filter((type) => type === 'JOB_SUCCEEDED')).toHaveLength(2);
    expect(types).toContain('JOB_RETRIED');
    await expect(world.jobService.retry(scope, job.id)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await world.storedKeys(scope, 'uploads')).toEqual([]);
  });

  it('works again on the items that are named, all of them or none', async () => {
    const { scope, job } = await start(3);
    let calls = 0;
    world.analyzer.before = () => {
      calls += 1;
      if (calls <= 2) throw new DomainError('IMAGE_UNREADABLE', 'Damaged.');
    };
    await world.settle({ ...world.handlerDependencies, inFlight: 1 });
    const items = await world.jobs.listItems(scope, job.id, {}, { first: 3 });
    const idsOf = (state: string) => items.filter((one) => one.state === state).map(({ id }) => id);
    const [one, other] = idsOf('FAILED') as [string, string];
    const unfit = [...idsOf('SUCCEEDED'), one];
    await expect(world.jobService.retry(scope, job.id, unfit)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await world.jobs.find(scope, job.id)).toMatchObject({ state: 'SUCCEEDED', failed: 2 });
    expect(await world.jobService.retry(scope, job.id, [one, one])).toMatchObject({ state: 'QUEUED', failed: 1 });
    await world.settle();
    expect(await world.jobs.find(scope, job.id)).toMatchObject({ state: 'SUCCEEDED', done: 2, failed: 1 });
    const after = await world.jobs.listItems(scope, job.id, { state: 'FAILED' }, { first: 3 });
    expect(after.map(({ id }) => id)).toEqual([other]);
    expect(calls).toBe(4);
  });

  it('is NOT_FOUND for another tenant', async () => {
    const { job } = await start(1);
    const other = await world.createTenant();
    await expect(world.jobService.retry(other, job.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await world.jobService.find(other, job.id)).toBeNull();
    expect(await world.jobService.list(other, {}, { first: 10 })).toEqual([]);
    expect(await world.jobService.listItems(other, job.id, {}, { first: 10 })).toEqual([]);
    await world.settle();
  });
});

describe('a job that cannot do its work', () => {
  it('is FAILED when its collection is being deleted, and leaves no image behind', async () => {
    const { scope, collectionId, job } = await start(3);
    let calls = 0;
    world.analyzer.before = async () => {
      calls += 1;
      if (calls < 2) return;
      await db.database.maintain(scope, (tx) =>
        tx.collection.updateMany({ where: { id: collectionId }, data: { state: 'DELETING' } }),
      );
    };
    await world.settle({ ...world.handlerDependencies, inFlight: 1 });
    const failed = await world.jobs.find(scope, job.id);
    expect(failed).toMatchObject({ state: 'FAILED', failed: 3, error: { code: 'NOT_FOUND' } });
    expect(await world.storedKeys(scope, 'images')).toEqual([]);
    expect(await eventTypes(scope, job.id)).toEqual(['JOB_CREATED', 'JOB_STARTED', 'JOB_FAILED']);
    await expect(world.jobService.retry(scope, job.id)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('is FAILED when no server has its pack', async () => {
    const { scope, job } = await start(2);
    const analyzer = { ...world.analyzer, packs: () => [], analyze: () => Promise.reject(new Error('not asked')) };
    await world.settle({ ...world.handlerDependencies, analyzer });
    expect(await world.jobs.find(scope, job.id)).toMatchObject({ state: 'FAILED', error: { code: 'MODEL_MISMATCH' } });
    await world.jobService.retry(scope, job.id);
    await world.settle();
    expect(await world.jobs.find(scope, job.id)).toMatchObject({ state: 'SUCCEEDED', done: 2, failed: 0, error: null });
  });

  it.each(['before its turn', 'at its turn'])(
    'does not run while its tenant is suspended %s, and starts at once when it is active again',
    async (when) => {
      const { scope, job } = await start(1);
      const setStatus = (status: 'ACTIVE' | 'SUSPENDED') => world.system.tenants.update(scope.tenantId, { status });
      if (when === 'at its turn') await world.relay.drain();
      await setStatus('SUSPENDED');
      await world.settle();
      expect(await world.jobs.find(scope, job.id)).toMatchObject({ state: 'QUEUED' });
      world.clock.advance(3_600_000);
      const stuck = await world.system.sweeps.listStuckJobs(world.clock.now(), 300_000, jobKinds, 100);
      expect(stuck.filter((one) => one.id === job.id)).toEqual([]);
      await setStatus('ACTIVE');
      await world.settle();
      expect(await world.jobs.find(scope, job.id)).toMatchObject({ state: 'SUCCEEDED' });
    },
  );
});
