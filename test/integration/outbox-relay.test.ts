import { createSystem } from '../../src/database/system';
import { DomainError } from '../../src/domain/errors';
import { newId } from '../../src/domain/ids';
import { enrollImagesJob } from '../../src/modules/enrollment/enrollment.kind';
import { OutboxRelay } from '../../src/modules/jobs/outbox-relay.service';
import { messageFor } from '../../src/records/job-definition';
import { createTestTenant, startTestDatabase, type TestDatabase } from '../fixtures/database';

let db: TestDatabase;
beforeAll(async () => {
  db = await startTestDatabase();
});
afterAll(() => db.stop());
beforeEach(() => db.database.system.outbox.deleteMany());

/** A relay whose queue the test can hold or break; `received` resolves when the queue has been given `count`. */
function createRelay(enqueue: (id: string) => void | Promise<void> = () => undefined, pollMs = 60_000) {
  const ids: string[] = [];
  const errors: unknown[] = [];
  let look: () => void = () => undefined;
  const relay = new OutboxRelay({
    outbox: createSystem(db.database).outbox,
    definitions: [enrollImagesJob],
    pollMs,
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

async function write(count: number, name = enrollImagesJob.name): Promise<void> {
  const scope = await createTestTenant(db.database);
  const payload = { jobId: newId(), requestId: 'r', fromOrdinal: 0, toOrdinal: 31 };
  await db.database.change(scope, async (change) => {
    for (let n = 0; n < count; n += 1) change.message(messageFor({ ...enrollImagesJob, name }, payload));
  });
}

const left = () => db.database.system.outbox.count();

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

  it('sends again what was sent when the transaction failed: the queue knows the id', async () => {
    await write(1);
    const failing = createRelay();
    const outbox = createSystem(db.database).outbox;
    const sentTwice: string[] = [];
    await expect(
      outbox.deliver([enrollImagesJob.name], 10, 1_000, async (messages) => {
        sentTwice.push(...messages.map((message) => message.id));
        throw new Error('dead before the delete');
      }),
    ).rejects.toThrow('dead before the delete');
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
