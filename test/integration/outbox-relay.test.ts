import { setTimeout as delay } from 'node:timers/promises';
import { createSystem } from '../../src/database/system';
import { QUEUE_LOCK } from '../../src/database/system/outbox';
import { DomainError } from '../../src/domain/errors';
import { newId } from '../../src/domain/ids';
import type { TenantScope } from '../../src/domain/tenant-scope';
import { enrollImagesJob, enrollmentKind, messagesForItems } from '../../src/modules/enrollment/enrollment.kind';
import { LostQueueWatch } from '../../src/modules/jobs/lost-queue-watch.service';
import { OutboxRelay } from '../../src/modules/jobs/outbox-relay.service';
import { messageFor } from '../../src/records/job-definition';
import { createTestTenant, startTestDatabase, type TestDatabase } from '../fixtures/database';

interface Range {
  readonly fromOrdinal: number;
  readonly toOrdinal: number;
}

let db: TestDatabase;
beforeAll(async () => {
  db = await startTestDatabase();
});
afterAll(() => db.stop());
beforeEach(() => db.database.system.outbox.deleteMany());

/** A relay whose queue the test can hold or break; `received` resolves when the queue has been given `count`. */
function createRelay(
  enqueue: (id: string) => void | Promise<void> = () => undefined,
  pollMs = 60_000,
  window = 100_000,
  mayAdmit = () => true,
) {
  const ids: string[] = [];
  const errors: unknown[] = [];
  let look: () => void = () => undefined;
  const relay = new OutboxRelay({
    outbox: createSystem(db.database).outbox,
    lanes: [{ definition: enrollImagesJob, window, runsInDeletion: false, split: enrollmentKind.split }],
    pollMs,
    mayAdmit,
    queue: {
      enqueue: async (_definition, id) => {
        await enqueue(id);
        ids.push(id);
        look();
      },
    },
    onError: (error) => {
      errors.push(error);
      look();
    },
  });
  const until = (condition: () => boolean) =>
    new Promise<void>((resolve) => {
      look = () => condition() && resolve();
      look();
    });
  return { relay, ids, errors, until };
}

async function write(count: number, name = enrollImagesJob.name, cost = 1): Promise<TenantScope> {
  const scope = await createTestTenant(db.database);
  await writeFor(scope, count, name, cost);
  return scope;
}

async function writeFor(scope: TenantScope, count: number, name = enrollImagesJob.name, cost = 1): Promise<void> {
  const payload = { jobId: newId(), requestId: 'r', fromOrdinal: 0, toOrdinal: 31 };
  await db.database.change(scope, async (change) => {
    for (let n = 0; n < count; n += 1) change.message(messageFor({ ...enrollImagesJob, name }, payload, cost));
  });
}

/** Messages that wait. */
const left = () => db.database.system.outbox.count({ where: { admittedAt: null } });

/** How many messages of each tenant are at their turn. */
async function admitted(): Promise<Map<string, number>> {
  const rows = await db.database.system.outbox.findMany({ where: { admittedAt: { not: null } } });
  const counts = new Map<string, number>();
  for (const { tenantId } of rows) counts.set(tenantId, (counts.get(tenantId) ?? 0) + 1);
  return counts;
}

describe('the outbox relay', () => {
  it('carries every message once and leaves nothing', async () => {
    await write(100);
    const { relay, ids } = createRelay();
    expect(await relay.drain()).toBe(100);
    expect(new Set(ids).size).toBe(100);
    expect(ids).toHaveLength(100);
    expect(await left()).toBe(0);
  });

  it('shares the work with others without sending anything twice', async () => {
    await write(150);
    const relays = Array.from({ length: 4 }, () => createRelay());
    await Promise.all(relays.map(({ relay }) => relay.drain()));
    const ids = relays.flatMap((one) => one.ids);
    expect(ids).toHaveLength(150);
    expect(new Set(ids).size).toBe(150);
  });

  it('is woken by a nudge long before it would look', async () => {
    const { relay, ids, until } = createRelay();
    relay.start();
    await write(1);
    relay.nudge();
    await until(() => ids.length === 1);
    await relay.stop();
    expect(await left()).toBe(0);
  });

  it('keeps what the queue did not take, and sends it when the queue is back', async () => {
    await write(40);
    let away = true;
    const { relay, ids, errors, until } = createRelay(() => {
      if (away) throw new DomainError('DEPENDENCY_UNAVAILABLE', 'Redis is away.');
    }, 10);
    relay.start();
    await until(() => errors.length >= 2);
    expect(await left()).toBe(40);
    away = false;
    await until(() => ids.length === 40);
    await relay.stop();
    expect(await left()).toBe(0);
  });

  it('sends nothing, split or whole, that is not in the outbox for whoever gets it before the relay is done', async () => {
    await Promise.all([write(2, enrollImagesJob.name, 33), write(2, enrollImagesJob.name, 33)]);
    const outbox = createSystem(db.database).outbox;
    const lane = { jobName: enrollImagesJob.name, window: 64, runsInDeletion: false, split: enrollmentKind.split };
    const seen: unknown[] = [];
    const { sent } = await outbox.admit(newId(), lane, 1_000, async (messages) => {
      for (const { id, payload } of messages) {
        expect((await db.database.system.outbox.findUnique({ where: { id } }))?.payload).toEqual(payload);
        seen.push(payload);
      }
      return messages.map(({ id }) => id);
    });
    expect(sent).toBe(seen.length);
    expect(seen.some((payload) => (payload as Range).toOrdinal < 31)).toBe(true);
  });

  it('sends again what was sent when the transaction failed: the queue knows the id', async () => {
    await write(1);
    const failing = createRelay();
    const outbox = createSystem(db.database).outbox;
    const lane = { jobName: enrollImagesJob.name, window: 10, runsInDeletion: false, split: enrollmentKind.split };
    const sentTwice: string[] = [];
    await expect(
      outbox.admit(newId(), lane, 1_000, async (messages) => {
        sentTwice.push(...messages.map((message) => message.id));
        throw new Error('dead before the mark');
      }),
    ).rejects.toThrow('dead before the mark');
    await failing.relay.drain();
    expect(failing.ids).toEqual(sentTwice);
  });

  it('does not let messages of a newer version keep the others back, however many they are', async () => {
    await write(100, 'a-job-of-tomorrow');
    await write(70);
    const { relay, ids } = createRelay();
    expect(await relay.drain()).toBe(70);
    expect(ids).toHaveLength(70);
    expect(await left()).toBe(100);
  });

  it('says when it starts which jobs wait for a newer version, and works on', async () => {
    await write(40, 'a-job-of-tomorrow');
    await write(1);
    const { relay, ids, errors, until } = createRelay(undefined, 10);
    relay.start();
    await until(() => ids.length === 1);
    await relay.stop();
    expect(errors).toEqual([expect.objectContaining({ message: expect.stringContaining('a-job-of-tomorrow') })]);
  });
});

describe('a queue', () => {
  const nothingLost = { lost: 0, isBesideAnother: false };
  const meet = (mark: string) => createSystem(db.database).deployment.meetQueue(mark);

  it('that has lost what it was given is given it again, once, whoever notices', async () => {
    const [first, second] = [newId(), newId()];
    await meet(first);
    await write(3);
    const before = createRelay();
    expect(await before.relay.drain()).toBe(3);
    expect(await meet(first)).toEqual(nothingLost);
    const meetings = await Promise.all([meet(second), meet(second), meet(second)]);
    expect(meetings.map(({ lost }) => lost).sort()).toEqual([0, 0, 3]);
    const after = createRelay();
    expect(await after.relay.drain()).toBe(3);
    expect(after.ids.filter((id) => before.ids.includes(id))).toEqual([]);
  });

  it('that was lost while a relay was sending is given that again, too', async () => {
    await meet(newId());
    await write(2);
    const lane = { jobName: enrollImagesJob.name, window: 10, runsInDeletion: false, split: enrollmentKind.split };
    let meeting!: ReturnType<typeof meet>;
    await createSystem(db.database).outbox.admit(newId(), lane, 5_000, async (messages) => {
      meeting = meet(newId());
      await Promise.race([meeting, delay(300)]);
      return messages.map(({ id }) => id);
    });
    expect(await meeting).toEqual({ lost: 2, isBesideAnother: false });
    expect(await left()).toBe(2);
  });

  it('that is met again after another is in use beside it: each keeps what it was given, and it is told once', async () => {
    const marks = [newId(), newId(), newId()];
    for (const mark of marks) await meet(mark);
    await write(2);
    expect(await createRelay().relay.drain()).toBe(2);
    for (const mark of [...marks, ...marks]) {
      expect(await meet(mark)).toEqual({ lost: 0, isBesideAnother: mark !== marks[2] });
    }
    expect(await left()).toBe(0);

    const told: string[] = [];
    const watch = new LostQueueWatch({
      queue: { mark: () => Promise.resolve(marks[0]!) },
      deployment: createSystem(db.database).deployment,
      onLost: () => told.push('lost'),
      onTwoQueues: () => told.push('two queues'),
      onError: (error) => told.push(String(error)),
    });
    for (let look = 0; look < 3; look += 1) await watch.runOnce();
    expect(told).toEqual(['two queues']);
    // One that was never met has lost what it was given, whatever is in use beside it.
    expect(await meet(newId())).toEqual({ lost: 2, isBesideAnother: false });
  });

  it('that is the one of before is met without a write, and waits for nobody', async () => {
    const mark = newId();
    await meet(mark);
    await db.database.system.$transaction(async (tx) => {
      await tx.$queryRaw`SELECT id FROM deployment FOR UPDATE`;
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(${QUEUE_LOCK}::int, 0)`;
      expect(await Promise.race([meet(mark), delay(2_000)])).toEqual(nothingLost);
    });
  });
});

describe('turns', () => {
  const finish = (ids: readonly string[]) => Promise.all(ids.map((id) => createSystem(db.database).outbox.remove(id)));

  it('admits what the workers hold and no more, and the next when one is done', async () => {
    await write(50, enrollImagesJob.name, 8);
    const { relay, ids } = createRelay(undefined, 60_000, 32);
    expect(await relay.drain()).toBe(4);
    expect(await relay.drain()).toBe(0);
    await finish(ids.slice(0, 2));
    expect(await relay.drain()).toBe(2);
    expect(await left()).toBe(44);
  });

  it('admits the first message of one tenant at once, whatever another has waiting and at its turn', async () => {
    await write(200, enrollImagesJob.name, 8);
    const { relay } = createRelay(undefined, 60_000, 32);
    await relay.drain();
    const other = await write(1);
    expect(await relay.drain()).toBe(1);
    expect((await admitted()).get(other.tenantId)).toBe(1);
  });

  it('admits large messages whole while a tenant is alone, and small parts of them while others wait', async () => {
    const scope = await createTestTenant(db.database);
    const job = { id: newId(), requestId: 'r' };
    const all = Array.from({ length: 70 }, (_, ordinal) => ordinal);
    await db.database.change(scope, async (change) => {
      for (const message of messagesForItems(job, all)) change.message(message);
      // Ranges with gaps stay whole: what lies in a part of one is not known.
      for (const message of messagesForItems({ ...job, id: newId() }, [0, 50, 100])) change.message(message);
    });
    const { relay } = createRelay(undefined, 60_000, 1);
    expect(await relay.drain()).toBe(1);
    await write(200);
    const ranges = async () => {
      const rows = await db.database.system.outbox.findMany({ where: { tenantId: scope.tenantId } });
      const mine = rows.map(({ id, payload, cost, admittedAt }) => ({
        id,
        cost,
        admittedAt,
        ...(payload as unknown as Range),
      }));
      return mine.sort((a, b) => a.toOrdinal - b.toOrdinal);
    };
    const admittedRanges = async () =>
      (await ranges())
        .filter(({ admittedAt }) => admittedAt)
        .map(({ fromOrdinal, toOrdinal }) => [fromOrdinal, toOrdinal]);
    expect(await admittedRanges()).toEqual([[0, 31]]);
    await finish((await ranges()).filter(({ admittedAt }) => admittedAt).map(({ id }) => id));
    const seen: number[][] = [];
    for (let n = 0; n < 60 && seen.length < 6; n += 1) {
      await relay.drain();
      seen.push(...(await admittedRanges()));
      const done = await db.database.system.outbox.findMany({ where: { admittedAt: { not: null } } });
      await finish(done.map(({ id }) => id));
    }
    expect(seen).toEqual([
      [32, 39],
      [40, 47],
      [48, 55],
      [56, 63],
      [64, 69],
      [0, 100],
    ]);
    expect(await ranges()).toEqual([]);
  });

  it('gives two tenants as many images, however they are packed into messages, and by their weights', async () => {
    const packed = await write(100, enrollImagesJob.name, 8);
    const single = await write(400, enrollImagesJob.name, 1);
    const favoured = await write(400, enrollImagesJob.name, 1);
    await db.database.system.tenant.update({ where: { id: favoured.tenantId }, data: { weight: 2 } });
    const { relay, ids } = createRelay(undefined, 60_000, 32);
    const images = new Map<string, number>();
    const costs = new Map((await db.database.system.outbox.findMany()).map((row) => [row.id, row]));
    for (let n = 0; n < 300; n += 1) {
      await relay.drain();
      const id = ids.shift()!;
      const { tenantId, cost } = costs.get(id)!;
      images.set(tenantId, (images.get(tenantId) ?? 0) + cost);
      await finish([id]);
    }
    const of = (scope: TenantScope) => images.get(scope.tenantId) ?? 0;
    expect(of(packed) / of(single)).toBeGreaterThan(0.8);
    expect(of(packed) / of(single)).toBeLessThan(1.25);
    expect(of(favoured) / of(single)).toBeGreaterThan(1.6);
    expect(of(favoured) / of(single)).toBeLessThan(2.4);
  });

  it('goes round however many tenants there are for a small window', async () => {
    const tenants = await Promise.all(Array.from({ length: 12 }, () => write(20)));
    const { relay, ids } = createRelay(undefined, 60_000, 1);
    const byId = new Map((await db.database.system.outbox.findMany()).map((row) => [row.id, row.tenantId]));
    const served: string[] = [];
    for (let n = 0; n < 36; n += 1) {
      await relay.drain();
      const id = ids.shift()!;
      served.push(byId.get(id)!);
      await finish([id]);
    }
    const counts = tenants.map(({ tenantId }) => served.filter((id) => id === tenantId).length);
    expect([Math.min(...counts), Math.max(...counts)]).toEqual([3, 3]);
  });

  it('lets what waits for nothing but itself take no room of others', async () => {
    const slow = await write(100, enrollImagesJob.name, 8);
    const { relay, ids } = createRelay(undefined, 60_000, 32);
    await relay.drain();
    await Promise.all(ids.map((id) => createSystem(db.database).outbox.rest(id)));
    expect(await relay.drain()).toBe(4);
    expect((await admitted()).get(slow.tenantId)).toBe(8);
  });

  it('keeps what belongs to a suspended tenant, and admits it at once when the tenant is active again', async () => {
    const suspended = await write(3);
    const { tenants, outbox } = createSystem(db.database);
    const { relay, ids } = createRelay();
    await tenants.update(suspended.tenantId, { status: 'SUSPENDED' });
    expect(await relay.drain()).toBe(0);
    await tenants.update(suspended.tenantId, { status: 'ACTIVE' });
    expect(await relay.drain()).toBe(3);
    // One that was at its turn when the tenant was suspended waits again, under an id that the queue does not know.
    const [first] = ids.splice(0);
    await outbox.putBack(first!);
    expect(await relay.drain()).toBe(1);
    expect(ids).not.toContain(first);
  });

  it('does not wait for what a dead relay had at its turn', async () => {
    await write(100, enrollImagesJob.name, 8);
    const dead = createRelay(undefined, 60_000, 32);
    await dead.relay.drain();
    const { relay } = createRelay(undefined, 60_000, 32);
    expect(await relay.drain()).toBe(4);
  });
});

it('admits nothing while it may not, and all of it afterwards', async () => {
  let isFull = true;
  const { relay, ids } = createRelay(undefined, undefined, undefined, () => !isFull);
  await write(3);
  expect(await relay.drain()).toBe(0);
  isFull = false;
  expect(await relay.drain()).toBe(3);
  expect(ids).toHaveLength(3);
});
