import { Client } from 'pg';
import { DomainError } from '../../src/domain/errors';
import { newId } from '../../src/domain/ids';
import type { TenantScope } from '../../src/domain/tenant-scope';
import { DeletionHandler } from '../../src/modules/deletion/deletion.jobs';
import { removeDeletedJob } from '../../src/modules/deletion/deletion.kind';
import { DeletionStore } from '../../src/modules/deletion/deletion.store';
import { MergeStore } from '../../src/modules/curation/merge.store';
import { NamingStore } from '../../src/modules/curation/naming.store';
import { OperationStore } from '../../src/modules/curation/operation.store';
import { UndoStore } from '../../src/modules/curation/undo.store';
import { FaceStore } from '../../src/modules/faces/face.store';
import { PersonStore } from '../../src/modules/persons/person.store';
import { createDispatcher } from '../../workers/processors/job-dispatcher';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';
import { createEnrollmentWorld, scriptedImage, type EnrollmentWorld } from '../fixtures/enrollment-world';
import { seeded } from '../fixtures/vectors';

/** Writers that do one thing after the other, all on one tenant's two collections. */
const WRITERS = 8;
const STEPS = 30;
const CONSUMERS = 4;
/** What a writer may be told when another was quicker. */
const EXPECTED = ['NOT_FOUND', 'CONFLICT', 'BAD_USER_INPUT'];

let db: TestDatabase;
let world: EnrollmentWorld;
let stopped = false;
beforeAll(async () => {
  db = await startTestDatabase({ appPoolSize: 16 });
  world = await createEnrollmentWorld(db);
});
afterAll(async () => {
  await world.dispose();
  if (!stopped) await db.stop();
});

/** All that writes, without order, from a seed. */
class Crowd {
  readonly faults: unknown[] = [];
  private readonly random: () => number;
  private readonly jobs: string[] = [];
  private readonly persons = new PersonStore(db.database);
  private readonly faces = new FaceStore(db.database);
  private readonly namings = new NamingStore(db.database);
  private readonly merges = new MergeStore(db.database);
  private readonly operations = new OperationStore(db.database);
  private readonly undos = new UndoStore(db.database);
  private readonly deletion: ReturnType<typeof createDispatcher>[number];
  private writing = true;
  private image = 0;

  constructor(
    private readonly scope: TenantScope,
    private readonly collections: readonly string[],
    seed: number,
  ) {
    this.random = seeded(seed);
    const { index, images, handlerDependencies } = world;
    const deletions = new DeletionStore(db.database);
    const { catchUpIndex } = handlerDependencies;
    const handler = new DeletionHandler({ deletions, tenants: world.system.tenants, index, images, catchUpIndex });
    this.deletion = createDispatcher({ ...world.dispatching, handlers: [handler] })[0]!;
  }

  async run(): Promise<void> {
    const consumers = Array.from({ length: CONSUMERS }, () => this.consume());
    await Promise.all(Array.from({ length: WRITERS }, () => this.write()));
    this.writing = false;
    await Promise.all(consumers);
  }

  private pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.random() * from.length)]!;
  }

  private async write(): Promise<void> {
    const { scope } = this;
    const steps: readonly (() => Promise<unknown>)[] = [
      () => this.enroll(),
      () => this.enroll(),
      async () => this.jobs.length > 0 && world.jobService.cancel(scope, this.pick(this.jobs)),
      async () => this.jobs.length > 0 && world.jobService.retry(scope, this.pick(this.jobs)),
      () => this.createPerson(),
      async () => {
        const changes = { displayName: `Name ${this.random()}` };
        return this.persons.update(scope, (await this.somePersons(1))[0]!, changes, 'request');
      },
      async () => this.namings.assign(scope, await this.someFaces(4), (await this.somePersons(1))[0]!, 'request'),
      async () => this.namings.unassign(scope, await this.someFaces(4), 'request'),
      async () => this.merge(),
      async () => this.undos.undo(scope, await this.someOperation(), this.random() < 0.5, 'request'),
      async () => this.faces.delete(scope, await this.someFaces(3), 'request'),
      async () =>
        this.persons.delete(scope, await this.somePersons(2), {
          keepFaces: this.random() < 0.5,
          requestId: 'request',
        }),
    ];
    for (let step = 0; step < STEPS; step += 1) {
      await this.pick(steps)().catch((error: unknown) => {
        if (!(error instanceof DomainError && EXPECTED.includes(error.code))) this.faults.push(error);
      });
    }
  }

  private async enroll(): Promise<void> {
    const known = await this.somePersons(3);
    const items = Array.from({ length: 4 + Math.floor(this.random() * 40) }, () => {
      // One image in four has been enrolled before, one in ten is for a person who is known or new.
      const n = this.random() < 0.25 ? Math.floor(this.random() * this.image) : this.image++;
      const image = { base64: scriptedImage({ faces: [n, n + 0.5] }).toString('base64') };
      const roll = this.random();
      if (roll < 0.1 && known.length > 0) return { image, person: { id: this.pick(known) } };
      return roll < 0.2 ? { image, person: { create: { displayName: 'New' } } } : { image };
    });
    const collectionId = this.pick(this.collections);
    this.jobs.push((await world.service.enroll(this.scope, { collectionId, items }, 'request')).id);
  }

  private createPerson(): Promise<unknown> {
    const collectionId = this.pick(this.collections);
    return this.persons.create(this.scope, { collectionId, displayName: 'Somebody', externalId: null, metadata: {} });
  }

  private async merge(): Promise<unknown> {
    const [personId, other] = await this.somePersons(2);
    return this.merges.merge(this.scope, {
      personId: personId!,
      mergedIds: [other ?? personId!],
      evenIfRejected: true,
      requestId: 'request',
    });
  }

  private async someOperation(): Promise<string> {
    const found = await this.operations.list(this.scope, this.pick(this.collections), {}, { first: 50 });
    return found.length === 0 ? newId() : this.pick(found).id;
  }

  private async somePersons(count: number): Promise<string[]> {
    const found = await this.persons.list(this.scope, this.pick(this.collections), {}, { first: 200 });
    return found.length === 0 ? [newId()] : Array.from({ length: count }, () => this.pick(found).id);
  }

  private async someFaces(count: number): Promise<string[]> {
    const filter = { collectionId: this.pick(this.collections), state: 'INDEXED' as const };
    const found = await this.faces.list(this.scope, filter, { first: 200 });
    const ids = found.length === 0 ? [newId()] : Array.from({ length: count }, () => this.pick(found).id);
    return [...new Set(ids)];
  }

  /** Takes messages as a worker does, until the writers have stopped and nothing is left. */
  private async consume(): Promise<void> {
    for (;;) {
      const finishing = !this.writing;
      await world.relay.drain();
      const delivery = world.deliveries.shift();
      if (delivery === undefined) {
        if (finishing) return;
        await new Promise((resolve) => setImmediate(resolve));
      } else if (delivery.name === removeDeletedJob.name) {
        const once = { attempt: 1, isLastAttempt: true, signal: new AbortController().signal };
        await this.deletion
          .handle({ id: delivery.id, payload: delivery.payload, ...once })
          .catch((error) => this.faults.push(error));
      } else {
        await world.run(delivery.payload).catch((error: unknown) => this.faults.push(error));
      }
    }
  }
}

it('keeps its books in order, without a deadlock, whoever writes at once', async () => {
  const scope = await world.createTenant();
  const collections = [await world.createCollection(scope), await world.createCollection(scope)];
  let analysed = 0;
  world.analyzer.before = () => {
    if (++analysed % 7 === 0) throw new DomainError('IMAGE_UNREADABLE', 'This image is damaged.');
  };
  const crowd = new Crowd(scope, collections, 3);
  await crowd.run();
  expect(crowd.faults).toEqual([]);
  expect(world.faults.splice(0)).toEqual([]);
  for (const collectionId of collections) await world.handlerDependencies.catchUpIndex(scope, collectionId);

  const owner = new Client(db.ownerUrl);
  await owner.connect();
  const ask = async (sql: string, values: unknown[] = []) => (await owner.query(sql, values)).rows;

  const [events] = await ask(
    `SELECT count(*)::int AS rows, min(seq)::int AS first, max(seq)::int AS last,
            (SELECT event_seq::int FROM tenant_counters WHERE tenant_id = $1) AS counter
       FROM events WHERE tenant_id = $1`,
    [scope.tenantId],
  );
  expect(events.rows).toBeGreaterThan(WRITERS * STEPS);
  expect(events).toEqual({ rows: events.rows, first: 1, last: events.rows, counter: events.rows });

  const unfinished = await ask(`SELECT id, state FROM jobs WHERE state IN ('QUEUED', 'IN_PROGRESS')`);
  expect(unfinished).toEqual([]);
  const drifted = await ask(`
    SELECT j.id, j.done, j.failed, j.total FROM jobs j LEFT JOIN job_items i ON i.job_id = j.id
     WHERE j.kind = 'ENROLLMENT' GROUP BY j.id
    HAVING j.total <> count(i.id) OR j.done <> count(i.id) FILTER (WHERE i.state = 'SUCCEEDED')
        OR j.failed <> count(i.id) FILTER (WHERE i.state = 'FAILED')`);
  expect(drifted).toEqual([]);

  for (const id of collections) {
    const [books] = await ask(
      `SELECT c.face_count::int AS faces, c.person_count::int AS persons, c.vector_seq::int AS ops,
              c.image_bytes::int AS bytes,
              (SELECT coalesce(sum(i.bytes), 0)::int FROM images i WHERE i.collection_id = c.id) AS "realBytes",
              (SELECT count(*)::int FROM faces f WHERE f.collection_id = c.id AND f.state = 'INDEXED') AS "realFaces",
              (SELECT count(*)::int FROM persons p
                WHERE p.collection_id = c.id AND p.merged_into_id IS NULL AND NOT p.is_trashed) AS "realPersons",
              (SELECT count(*)::int FROM vector_ops o WHERE o.collection_id = c.id AND o.seq BETWEEN 1 AND c.vector_seq)
                AS "realOps"
         FROM collections c WHERE c.id = $1`,
      [id],
    );
    expect(books.realFaces).toBeGreaterThan(50);
    expect(books.realBytes).toBeGreaterThan(0);
    expect(books).toMatchObject({
      faces: books.realFaces,
      persons: books.realPersons,
      ops: books.realOps,
      bytes: books.realBytes,
    });
  }

  const miscounted = await ask(`
    SELECT p.id, p.face_count, count(f.id)::int AS "realFaces"
      FROM persons p LEFT JOIN faces f ON f.person_id = p.id AND f.state = 'INDEXED'
     GROUP BY p.id HAVING p.face_count <> count(f.id)`);
  expect(miscounted).toEqual([]);
  expect(await ask('SELECT 1 FROM persons WHERE face_count > 1 LIMIT 1')).toHaveLength(1);

  // A backend tells its deadlocks when it leaves.
  await db.database.close();
  await owner.query('SELECT pg_stat_force_next_flush()');
  const [{ deadlocks }] = await ask('SELECT deadlocks::int FROM pg_stat_database WHERE datname = $1', [db.name]);
  await owner.end();
  expect(deadlocks).toBe(0);
  stopped = true;
  await db.stop();
}, 180_000);
