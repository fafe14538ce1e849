import { txOf } from '../../src/database/sql';
import { CursorCodec } from '../../src/domain/cursor';
import type { EventType } from '../../src/domain/events';
import type { ReadEvent } from '../../src/domain/events';
import { newId } from '../../src/domain/ids';
import type { TenantScope } from '../../src/domain/tenant-scope';
import { EventReader } from '../../src/modules/events/event-reader.service';
import type { EventStore } from '../../src/modules/events/event.store';
import { EventWatch } from '../../src/modules/events/event-watch';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';
import { createEnrollmentWorld, type EnrollmentWorld } from '../fixtures/enrollment-world';
import { seeded } from '../fixtures/vectors';

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

async function start() {
  const scope = await world.createTenant();
  const jobId = newId();
  await db.database.maintain(scope, (tx) =>
    tx.job.create({ data: { id: jobId, tenantId: scope.tenantId, kind: 'ENROLLMENT', requestId: 'r' } }),
  );
  return { scope, jobId, collectionId: await world.createCollection(scope) };
}

async function write(
  scope: TenantScope,
  events: { type: EventType; jobId?: string; collectionId?: string; n?: number }[],
) {
  await db.database.change(scope, async (change) =>
    change.event(...events.map(({ n, ...event }) => ({ ...event, payload: n === undefined ? {} : { n } }))),
  );
}

async function finish(scope: TenantScope, jobId: string) {
  await db.database.change(scope, async (change) => {
    await txOf(change).job.update({ where: { id: jobId }, data: { state: 'SUCCEEDED' } });
    change.event({ type: 'JOB_SUCCEEDED', jobId, payload: {} });
  });
}

async function take(events: AsyncIterableIterator<ReadEvent>, count: number): Promise<ReadEvent[]> {
  const taken: ReadEvent[] = [];
  while (taken.length < count) {
    const { value, done } = await events.next();
    if (done) break;
    taken.push(value);
  }
  return taken;
}

const numbers = (events: readonly ReadEvent[]) => events.map((event) => event.payload['n']);

describe('reading events', () => {
  it('numbers them without gap or repeat while many write at once', async () => {
    const { scope, collectionId } = await start();
    const events = await world.reader.read(scope, { collectionId });
    const writers = Promise.all(
      Array.from({ length: 8 }, async (_, writer) => {
        for (let n = 0; n < 10; n += 1) {
          await write(scope, [
            { type: 'FACES_INDEXED', collectionId, n: writer * 100 + n },
            { type: 'PERSON_CREATED', collectionId: newId() },
          ]);
        }
      }),
    );
    const seen = await take(events, 80);
    await writers;
    await events.return!();
    const seqs = seen.map((event) => event.seq);
    expect(seqs).toEqual([...seqs].sort((a, b) => Number(a - b)));
    expect(new Set(numbers(seen)).size).toBe(80);
    const stored = await db.database.maintain(scope, (tx) => tx.event.findMany({ orderBy: { seq: 'asc' } }));
    expect(stored.map((event) => event.seq)).toEqual(Array.from({ length: 160 }, (_, n) => BigInt(n + 1)));
  });

  it('goes on after a cursor wherever the reader was cut off', async () => {
    const { scope, jobId } = await start();
    const random = seeded(7);
    const total = 300;
    const writing = (async () => {
      for (let n = 0; n < total; n += 3) {
        await write(
          scope,
          [0, 1, 2].map((step) => ({ type: 'JOB_PROGRESS' as const, jobId, n: n + step })),
        );
      }
      await finish(scope, jobId);
    })();
    const seen: ReadEvent[] = [];
    let after: string | undefined;
    for (;;) {
      const controller = new AbortController();
      const events = await world.reader.read(scope, { jobId }, { after, signal: controller.signal });
      const part = await take(events, 1 + Math.floor(random() * 40));
      seen.push(...part);
      after = part.at(-1)?.cursor ?? after;
      if (part.at(-1)?.type === 'JOB_SUCCEEDED') break;
      if (random() < 0.5) controller.abort();
      else await events.return!();
      expect(await events.next()).toEqual({ done: true, value: undefined });
    }
    await writing;
    expect(numbers(seen.slice(0, -1))).toEqual(Array.from({ length: total }, (_, n) => n));
  });

  it('tells a late reader of a job everything, and ends after its last event', async () => {
    const { scope, jobId } = await start();
    await write(scope, [
      { type: 'JOB_CREATED', jobId },
      { type: 'JOB_STARTED', jobId },
    ]);
    await finish(scope, jobId);
    const events = await take(await world.reader.read(scope, { jobId }), 10);
    expect(events.map((event) => event.type)).toEqual(['JOB_CREATED', 'JOB_STARTED', 'JOB_SUCCEEDED']);
    const nothing = await world.reader.read(scope, { jobId }, { after: events.at(-1)!.cursor });
    expect(await nothing.next()).toEqual({ done: true, value: undefined });
  });

  it('follows a job that was retried past its earlier end', async () => {
    const { scope, jobId } = await start();
    await write(scope, [{ type: 'JOB_SUCCEEDED', jobId }]);
    await write(scope, [{ type: 'JOB_RETRIED', jobId }]);
    const events = await world.reader.read(scope, { jobId });
    expect((await take(events, 2)).map((event) => event.type)).toEqual(['JOB_SUCCEEDED', 'JOB_RETRIED']);
    const next = events.next();
    await finish(scope, jobId);
    expect((await next).value).toMatchObject({ type: 'JOB_SUCCEEDED' });
    expect((await events.next()).done).toBe(true);
  });

  it('picks a collection’s events by type, from now on', async () => {
    const { scope, collectionId } = await start();
    await write(scope, [{ type: 'FACES_INDEXED', collectionId, n: 0 }]);
    const events = await world.reader.read(scope, { collectionId, types: ['FACES_INDEXED', 'FACES_DELETED'] });
    await write(scope, [
      { type: 'PERSON_CREATED', collectionId, n: 1 },
      { type: 'FACES_DELETED', collectionId, n: 2 },
      { type: 'FACES_INDEXED', collectionId: newId(), n: 3 },
      { type: 'FACES_INDEXED', collectionId, n: 4 },
    ]);
    expect(numbers(await take(events, 2))).toEqual([2, 4]);
    await events.return!();
  });

  it('looks by itself when a hint was lost', async () => {
    const { scope, collectionId } = await start();
    const reader = new EventReader({
      events: world.events,
      bus: { subscribe: () => () => undefined },
      cursors: new CursorCodec('a secret of the tests'),
      watch: new EventWatch({ newestOf: (ids) => world.system.tenants.newestEvents(ids), pollMs: 20 }),
    });
    const events = await reader.read(scope, { collectionId });
    const next = events.next();
    await write(scope, [{ type: 'FACES_INDEXED', collectionId, n: 1 }]);
    expect((await next).value).toMatchObject({ payload: { n: 1 } });
    await events.return!();
  });

  /** A reader of its own that hears no hints, what it asks the database, and how often. */
  function countingReader() {
    const counts = { reads: 0, asked: [] as string[][] };
    const events = new Proxy(world.events, {
      get: (target, name: keyof EventStore) =>
        name === 'readAfter' ? (counts.reads++, target.readAfter.bind(target)) : target[name].bind(target),
    });
    const newestOf = (ids: readonly string[]) => {
      counts.asked.push([...ids]);
      return world.system.tenants.newestEvents(ids);
    };
    const reader = new EventReader({
      events,
      bus: { subscribe: () => () => undefined },
      cursors: new CursorCodec('a secret of the tests'),
      watch: new EventWatch({ newestOf, pollMs: 20 }),
    });
    return { counts, reader };
  }

  it('asks once for all that wait, and reads what is new only where there is something', async () => {
    const [one, other] = [await start(), await start()];
    const { counts, reader } = countingReader();
    const readers = await Promise.all(
      [one, one, other].map(({ scope, collectionId }) => reader.read(scope, { collectionId })),
    );
    const next = readers.map((each) => each.next());
    // Each reader by itself first, then once for each tenant.
    while (counts.reads < 5 || counts.asked.length < 5) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(counts.reads).toBe(5);
    expect(counts.asked.at(-1)!.sort()).toEqual([one.scope.tenantId, other.scope.tenantId].sort());
    await write(other.scope, [{ type: 'FACES_INDEXED', collectionId: other.collectionId, n: 1 }]);
    expect((await next[2]!).value).toMatchObject({ payload: { n: 1 } });
    expect(counts.reads).toBe(6);
    await Promise.all(readers.map((each) => each.return!()));
    const before = counts.asked.length;
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(counts.asked.length).toBeLessThanOrEqual(before + 1);
  });

  it('reads an event once for all who follow, each by its own filter', async () => {
    const { scope, collectionId, jobId } = await start();
    const { counts, reader } = countingReader();
    const [all, some, none, ofJob] = await Promise.all([
      Promise.all(Array.from({ length: 20 }, () => reader.read(scope, { collectionId }))),
      reader.read(scope, { collectionId, types: ['FACES_DELETED'] }),
      reader.read(scope, { collectionId: await world.createCollection(scope) }),
      reader.read(scope, { jobId }),
    ]);
    const nexts = [...all, some, ofJob].map((each) => each.next());
    const silent = none.next();
    while (counts.reads < 24) await new Promise((resolve) => setTimeout(resolve, 5));
    await write(scope, [
      { type: 'FACES_INDEXED', collectionId, n: 1 },
      { type: 'FACES_DELETED', collectionId, n: 2 },
      { type: 'JOB_PROGRESS', jobId, collectionId, n: 3 },
    ]);
    const got = await Promise.all(nexts);
    expect(numbers(got.map(({ value }) => value as ReadEvent))).toEqual([...Array<number>(20).fill(1), 2, 3]);
    expect(numbers(await take(all[0]!, 2))).toEqual([2, 3]);
    expect(counts.reads).toBeLessThanOrEqual(26);
    await Promise.all([...all, some, none, ofJob].map((each) => each.return!()));
    expect((await silent).done).toBe(true);
  });

  it('gives a reader that falls behind everything all the same', async () => {
    const { scope, collectionId } = await start();
    const events = await world.reader.read(scope, { collectionId });
    const first = events.next();
    const quick = await world.reader.read(scope, { collectionId });
    const total = 450;
    const all = take(quick, total);
    for (let n = 0; n < total; n += 50) {
      await write(
        scope,
        Array.from({ length: 50 }, (_, i) => ({ type: 'FACES_INDEXED' as const, collectionId, n: n + i })),
      );
    }
    expect(numbers(await all)).toEqual(Array.from({ length: total }, (_, n) => n));
    const rest = await take(events, total - 1);
    expect(numbers([(await first).value as ReadEvent, ...rest])).toEqual(Array.from({ length: total }, (_, n) => n));
    await Promise.all([events.return!(), quick.return!()]);
  });

  it('ends at once when told to while it waits, and leaves no listener', async () => {
    const { scope, collectionId } = await start();
    const controller = new AbortController();
    const events = await world.reader.read(scope, { collectionId }, { signal: controller.signal });
    const waiting = events.next();
    controller.abort();
    expect(await waiting).toEqual({ done: true, value: undefined });
    const others = await world.reader.read(scope, { collectionId });
    const pending = others.next();
    await others.return!();
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(world.listenersOf(scope)).toBe(0);
  });

  it('refuses a cursor that is older than what is kept, damaged, or another tenant’s', async () => {
    const { scope, jobId, collectionId } = await start();
    await write(scope, [
      { type: 'JOB_CREATED', jobId },
      { type: 'JOB_STARTED', jobId },
    ]);
    const [first] = await take(await world.reader.read(scope, { jobId }), 1);
    await db.database.maintain(scope, async (tx) => {
      await tx.event.deleteMany({ where: { seq: { lte: 2n } } });
      await tx.tenantCounter.update({ where: { tenantId: scope.tenantId }, data: { prunedSeq: 2n } });
    });
    await expect(world.reader.read(scope, { jobId }, { after: first!.cursor })).rejects.toMatchObject({
      code: 'CURSOR_EXPIRED',
    });
    await expect(world.reader.read(scope, { jobId }, { after: 'damaged' })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
    const other = await world.createTenant();
    const theirs = world.reader.cursorOf(other, 2n);
    await expect(world.reader.read(scope, { collectionId }, { after: theirs })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
    await finish(scope, jobId);
    // Without a cursor a job begins with what is kept.
    const rest = await take(await world.reader.read(scope, { jobId }), 5);
    expect(rest.map((event) => event.type)).toEqual(['JOB_SUCCEEDED']);
  });

  it('shows a tenant nothing of another one', async () => {
    const one = await start();
    const other = await start();
    for (const filter of [{ jobId: other.jobId }, { collectionId: other.collectionId }, { jobId: 'nonsense' }]) {
      await expect(world.reader.read(one.scope, filter)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
    const events = await world.reader.read(one.scope, { collectionId: one.collectionId });
    // Even an event that names our collection, written by another tenant.
    await write(other.scope, [{ type: 'FACES_INDEXED', collectionId: one.collectionId, n: 1 }]);
    await write(one.scope, [{ type: 'FACES_INDEXED', collectionId: one.collectionId, n: 2 }]);
    expect(numbers(await take(events, 1))).toEqual([2]);
    await events.return!();
  });
});
