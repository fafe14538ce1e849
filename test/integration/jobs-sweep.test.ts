import { DeletionStore } from '../../src/modules/deletion/deletion.store';
import { ForgottenTenants } from '../../src/modules/deletion/forgotten-tenants.service';
import { jobKinds } from '../../src/modules/jobs/job-kinds';
import { StuckWorkSweeper } from '../../src/modules/jobs/stuck-work-sweeper.service';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';
import { createEnrollmentWorld, scriptedImage, type EnrollmentWorld } from '../fixtures/enrollment-world';

let db: TestDatabase;
let world: EnrollmentWorld;
let sweeper: StuckWorkSweeper;
beforeAll(async () => {
  db = await startTestDatabase();
  world = await createEnrollmentWorld(db);
  const { system, jobs, uploads, images, clock } = world;
  const onError = (error: unknown) => world.faults.push(error);
  sweeper = new StuckWorkSweeper({
    sweeps: system.sweeps,
    kinds: jobKinds,
    jobs,
    uploads,
    forgottenTenants: new ForgottenTenants({ sweeps: system.sweeps, deletions: new DeletionStore(db.database) }),
    images,
    clock,
    onError,
  });
});
afterAll(async () => {
  await world.dispose();
  await db.stop();
});

async function start(images: number) {
  const scope = await world.createTenant();
  const collectionId = await world.createCollection(scope);
  const uploadIds: string[] = [];
  for (let n = 0; n < images; n += 1) uploadIds.push(await world.upload(scope, scriptedImage({ faces: [n] })));
  const items = uploadIds.map((uploadId) => ({ image: { uploadId } }));
  const job = await world.service.enroll(scope, { collectionId, items }, 'request');
  return { scope, job, uploadIds };
}

describe('the sweep', () => {
  it('leaves alone what waits for its turn, however long, or has just moved', async () => {
    const { scope, job } = await start(1);
    world.clock.advance(6_000_000);
    expect(await sweeper.runOnce()).toMatchObject({ requeuedJobs: 0 });
    await world.settle();
    expect(await world.jobs.find(scope, job.id)).toMatchObject({ state: 'SUCCEEDED' });
  });

  it('writes new messages for the unfinished ranges of a job that the queue has lost, and waits longer each time', async () => {
    const { scope, job } = await start(70);
    await world.relay.drain();
    const [first] = world.deliveries.splice(0);
    await world.run(first!.payload);
    expect(await sweeper.runOnce()).toMatchObject({ requeuedJobs: 0 });
    world.clock.advance(301_000);
    expect(await sweeper.runOnce()).toMatchObject({ requeuedJobs: 1, messages: 2 });
    const messages = await db.database.maintain(scope, (tx) => tx.outbox.findMany({ orderBy: { id: 'asc' } }));
    expect(messages.map((message) => message.payload)).toEqual(
      [32, 64].map((fromOrdinal) =>
        expect.objectContaining({ jobId: job.id, fromOrdinal, toOrdinal: Math.min(fromOrdinal + 31, 69) }),
      ),
    );
    await world.relay.drain();
    world.deliveries.splice(0);
    world.clock.advance(301_000);
    expect(await sweeper.runOnce()).toMatchObject({ requeuedJobs: 0 });
    world.clock.advance(301_000);
    expect(await sweeper.runOnce()).toMatchObject({ requeuedJobs: 1, messages: 2 });
    await world.settle();
    expect(await world.jobs.find(scope, job.id)).toMatchObject({ state: 'SUCCEEDED', done: 70 });
  });

  it('replaces the messages of a job that is stuck at its turn: what the queue still has of them is dropped', async () => {
    const { scope, job } = await start(40);
    await world.relay.drain();
    const lost = world.deliveries.splice(0);
    expect(lost).toHaveLength(2);
    world.clock.advance(301_000);
    expect(await sweeper.runOnce()).toMatchObject({ requeuedJobs: 1, messages: 2 });
    const analysed = world.analyzer.calls;
    for (const { payload } of lost) await world.run(payload);
    expect(world.analyzer.calls).toBe(analysed);
    await world.settle();
    expect(await world.jobs.find(scope, job.id)).toMatchObject({ state: 'SUCCEEDED', done: 40 });
    expect(await db.database.system.outbox.count({ where: { tenantId: scope.tenantId } })).toBe(0);
  });

  it('goes on with the deletion of a tenant whose asker died before he asked for its job', async () => {
    const scope = await world.createTenant();
    await world.system.tenants.beginDeletion(scope.tenantId, world.clock.now());
    expect(await sweeper.runOnce()).toMatchObject({ resumedTenantDeletions: 1 });
    expect(await sweeper.runOnce()).toMatchObject({ resumedTenantDeletions: 0 });
    const deletions = () =>
      db.database.maintain(scope, (tx) => tx.job.findMany({ where: { kind: 'DELETION' }, orderBy: { id: 'asc' } }));
    expect(await deletions()).toMatchObject([{ state: 'QUEUED', parameters: { kind: 'TENANT' } }]);

    // A deletion that has failed for good is begun anew.
    await db.database.maintain(scope, (tx) => tx.job.updateMany({ data: { state: 'FAILED' } }));
    expect(await sweeper.runOnce()).toMatchObject({ resumedTenantDeletions: 1 });
    expect(await deletions()).toMatchObject([{ state: 'FAILED' }, { state: 'QUEUED' }]);
  });

  it('removes uploads that expired or were used, but none that an unfinished job needs', async () => {
    const scope = await world.createTenant();
    const forgotten = await world.upload(scope, scriptedImage({ faces: [1] }), 1_000);
    const fresh = await world.upload(scope, scriptedImage({ faces: [1] }), 86_400_000);
    const needed = await start(1);
    world.clock.advance(3_700_000);
    await sweeper.runOnce();
    expect(await world.storedKeys(scope, 'uploads')).toEqual([fresh]);
    expect(await world.uploads.find(scope, forgotten)).toBeNull();
    expect(await world.storedKeys(needed.scope, 'uploads')).toEqual(needed.uploadIds);

    // A worker that died after its record and before its tidying.
    const { enrollments } = world.handlerDependencies;
    const forgetful = Object.create(enrollments, {
      listLeftovers: {
        value: async (...range: Parameters<typeof enrollments.listLeftovers>) => ({
          ...(await enrollments.listLeftovers(...range)),
          uploadIds: [],
          objectIds: [],
        }),
      },
    });
    await world.settle({ ...world.handlerDependencies, enrollments: forgetful });
    expect(await world.jobs.find(needed.scope, needed.job.id)).toMatchObject({ state: 'SUCCEEDED' });
    expect(await world.storedKeys(needed.scope, 'uploads')).toHaveLength(1);
    await sweeper.runOnce();
    expect(await world.storedKeys(needed.scope, 'uploads')).toEqual([]);
  });
});
