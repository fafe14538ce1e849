import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { z } from 'zod';
import { BullmqJobQueue } from '../../src/infra/bullmq/bullmq-job-queue';
import { type QueueErrorPlace } from '../../src/infra/bullmq/connections';
import { PermanentJobError, type JobDelivery } from '../../src/ports/job-queue';
import type { JobDefinition, JobOptions } from '../../src/records/job-definition';
import { type QueueServer } from '../fixtures/queue-servers';

interface Payload {
  jobId: string;
  requestId: string;
}
type Definition = JobDefinition<Payload>;
type Handle = (delivery: JobDelivery<Payload>) => Promise<void>;

const schema = z.object({ jobId: z.uuid(), requestId: z.string() });
const payload = (): Payload => ({ jobId: randomUUID(), requestId: 'request' });

/** Collects values and answers once there are `count`. */
class Gathering<T> {
  readonly values: T[] = [];
  private waiting: { count: number; resolve: (values: T[]) => void }[] = [];

  add(value: T): void {
    this.values.push(value);
    for (const { count, resolve } of this.waiting) if (this.values.length >= count) resolve(this.values);
  }

  reach(count: number): Promise<T[]> {
    if (this.values.length >= count) return Promise.resolve(this.values);
    return new Promise((resolve) => this.waiting.push({ count, resolve }));
  }
}

/** What every JobQueue promises, against a real server that is taken away and brought back. */
export function describeJobQueue(server: () => QueueServer): void {
  const open: BullmqJobQueue[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((queue) => queue.close(0)));
  });

  /** Definitions on a queue of the test's own. */
  function define(names: readonly string[], options: Partial<JobOptions> = {}): [Definition, ...Definition[]] {
    const queue = `tests-${randomUUID()}`;
    const all = names.map((name) => ({
      name,
      queue,
      schema,
      options: { attempts: 3, backoffMs: 10, concurrency: 1, ...options },
    }));
    return all as unknown as [Definition, ...Definition[]];
  }

  function connect(definitions: readonly Definition[], startTimeoutMs?: number) {
    const errors = new Gathering<{ error: unknown; where: QueueErrorPlace }>();
    const onError = (error: unknown, where: QueueErrorPlace) => errors.add({ error, where });
    const queue = new BullmqJobQueue({ backend: server().backend, definitions, onError, startTimeoutMs });
    open.push(queue);
    return { queue, errors };
  }

  const consume = (queue: BullmqJobQueue, definition: Definition, handle: Handle) =>
    queue.consume([{ definition, handle }]);

  it('delivers each job to the handler of its name', async () => {
    const [first, second] = define(['do-first', 'do-second']) as [Definition, Definition];
    const { queue } = connect([first, second]);
    const seen = new Gathering<string>();
    const record = (name: string) => async (delivery: JobDelivery<Payload>) =>
      seen.add(`${name} ${delivery.payload.jobId} ${delivery.attempt} ${delivery.isLastAttempt}`);
    await queue.consume([
      { definition: first, handle: record('first') },
      { definition: second, handle: record('second') },
    ]);
    const [one, two] = [payload(), payload()];
    await queue.enqueue(first, randomUUID(), one);
    await queue.enqueue(second, randomUUID(), two);
    expect(await seen.reach(2)).toEqual([`first ${one.jobId} 1 false`, `second ${two.jobId} 1 false`]);
    await queue.ping();
  });

  it('is known by one mark to all', async () => {
    const marks = await Promise.all([define(['one']), define(['other'])].map((names) => connect(names).queue.mark()));
    expect(marks[0]).toEqual(expect.any(String));
    expect(marks[1]).toBe(marks[0]);
  });

  it('serves several queues in one process, each by its own concurrency', async () => {
    const [slow] = define(['be-slow']);
    const [wide] = define(['be-wide'], { concurrency: 3 });
    const { queue } = connect([slow, wide]);
    const together = new Gathering<string>();
    const gate = Promise.all([together.reach(4)]);
    const handle = (name: string) => async () => {
      together.add(name);
      await gate;
    };
    await queue.consume([
      { definition: slow, handle: handle('slow') },
      { definition: wide, handle: handle('wide') },
    ]);
    await queue.enqueue(slow, randomUUID(), payload());
    for (let count = 0; count < 3; count += 1) await queue.enqueue(wide, randomUUID(), payload());
    expect((await together.reach(4)).sort()).toEqual(['slow', 'wide', 'wide', 'wide']);
  });

  it('delivers the same id once', async () => {
    const [definition] = define(['act-once']);
    const { queue } = connect([definition]);
    const seen = new Gathering<string>();
    const [id, job, last] = [randomUUID(), payload(), payload()];
    await queue.enqueue(definition, id, job);
    await queue.enqueue(definition, id, job);
    await consume(queue, definition, async (delivery) => seen.add(delivery.payload.jobId));
    await seen.reach(1);
    await queue.enqueue(definition, id, job);
    await queue.enqueue(definition, randomUUID(), last);
    expect(await seen.reach(2)).toEqual([job.jobId, last.jobId]);
  });

  it('takes lower priorities first, and first come first served within one', async () => {
    const [definition] = define(['sort']);
    const { queue } = connect([definition]);
    const names = new Map<string, string>();
    for (const [name, priority] of [
      ['late', 9],
      ['soon', 2],
      ['soon too', 2],
      ['now', 0],
      ['now too', 0],
    ] as const) {
      const job = payload();
      names.set(job.jobId, name);
      await queue.enqueue(definition, randomUUID(), job, priority);
    }
    const seen = new Gathering<string | undefined>();
    await consume(queue, definition, async (delivery) => seen.add(names.get(delivery.payload.jobId)));
    expect(await seen.reach(5)).toEqual(['now', 'now too', 'soon', 'soon too', 'late']);
  });

  it('delivers again what a handler threw on, up to the last attempt', async () => {
    const [definition] = define(['stumble']);
    const { queue, errors } = connect([definition]);
    const seen = new Gathering<string>();
    await consume(queue, definition, async ({ attempt, isLastAttempt }) => {
      seen.add(`${attempt} ${isLastAttempt}`);
      throw new Error('broken \u0000 text \ud800 here');
    });
    const job = payload();
    const id = randomUUID();
    await queue.enqueue(definition, id, job);
    expect(await seen.reach(3)).toEqual(['1 false', '2 false', '3 true']);
    const [first] = await errors.reach(3);
    expect(first!.where).toMatchObject({ part: 'job', job: 'stumble', deliveryId: id, jobId: job.jobId, attempt: 1 });
    expect(String(first!.error)).toContain('broken');
  });

  it('does not deliver again what can never succeed', async () => {
    const [definition] = define(['give-up']);
    const { queue, errors } = connect([definition]);
    const seen = new Gathering<string>();
    const [hopeless, next] = [payload(), payload()];
    await consume(queue, definition, async (delivery) => {
      seen.add(delivery.payload.jobId);
      if (delivery.payload.jobId === hopeless.jobId) throw new PermanentJobError('It is gone.');
    });
    await queue.enqueue(definition, randomUUID(), hopeless);
    await errors.reach(1);
    await queue.enqueue(definition, randomUUID(), next);
    expect(await seen.reach(2)).toEqual([hopeless.jobId, next.jobId]);
  });

  it('parses payloads on both sides', async () => {
    const [definition] = define(['parse']);
    const loose: Definition = { ...definition, schema: z.any() };
    const producer = connect([loose]);
    const consumer = connect([definition]);
    const bad = { jobId: 'not a uuid', requestId: 'request' };
    await expect(consumer.queue.enqueue(definition, randomUUID(), bad)).rejects.toThrow('UUID');
    await expect(producer.queue.enqueue(loose, randomUUID(), { ...bad, requestId: 'a\u0000' })).rejects.toThrow(
      'stored',
    );
    await producer.queue.enqueue(loose, randomUUID(), bad);
    const seen = new Gathering<string>();
    await consume(consumer.queue, definition, async (delivery) => seen.add(delivery.payload.jobId));
    const [refusal] = await consumer.errors.reach(1);
    expect(String(refusal!.error)).toContain('refuses at: jobId');
    const good = payload();
    await producer.queue.enqueue(loose, randomUUID(), good);
    expect(await seen.reach(1)).toEqual([good.jobId]);
    expect(consumer.errors.values).toHaveLength(1);
  });

  it('refuses ids that the backend cannot carry, and unknown jobs', async () => {
    const [definition] = define(['check']);
    const [stranger] = define(['stray']);
    const { queue } = connect([definition]);
    for (const id of ['12345', 'a:b', '']) {
      await expect(queue.enqueue(definition, id, payload())).rejects.toThrow('UUID');
    }
    await expect(queue.enqueue(definition, randomUUID(), payload(), -1)).rejects.toThrow('priority');
    await expect(queue.enqueue(stranger, randomUUID(), payload())).rejects.toThrow('not defined');
  });

  it('does not start with a job that has no handler or two', async () => {
    const [first, second] = define(['do-first', 'do-second']) as [Definition, Definition];
    const [stranger] = define(['stray']);
    const { queue } = connect([first, second]);
    const handle: Handle = async () => undefined;
    const one = { definition: first, handle };
    const two = { definition: second, handle };
    await expect(queue.consume([one])).rejects.toThrow('do-second has 0 handlers');
    await expect(queue.consume([one, one, two])).rejects.toThrow('do-first has 2 handlers');
    await expect(queue.consume([one, two, { definition: stranger, handle }])).rejects.toThrow('not a known job');
  });

  it('shares the work of several processes, each job once', async () => {
    const [definition] = define(['share'], { concurrency: 2 });
    const { queue } = connect([definition]);
    const seen = new Gathering<string>();
    const handle: Handle = async (delivery) => seen.add(delivery.payload.jobId);
    await Promise.all(
      [connect([definition]), connect([definition])].map((one) => consume(one.queue, definition, handle)),
    );
    const jobs = Array.from({ length: 60 }, payload);
    await Promise.all(jobs.map((job) => queue.enqueue(definition, randomUUID(), job)));
    const delivered = await seen.reach(60);
    expect([...delivered].sort()).toEqual(jobs.map((job) => job.jobId).sort());
  });

  it('waits for running handlers when it closes, and takes nothing new', async () => {
    const [definition] = define(['finish']);
    const { queue } = connect([definition]);
    const started = new Gathering<JobDelivery<Payload>>();
    let release = () => undefined as void;
    const released = new Promise<void>((resolve) => (release = resolve));
    await consume(queue, definition, async (delivery) => {
      started.add(delivery);
      await released;
    });
    await queue.enqueue(definition, randomUUID(), payload());
    const waiting = payload();
    await queue.enqueue(definition, randomUUID(), waiting);
    const [delivery] = await started.reach(1);
    const closed = queue.close(20_000);
    release();
    await closed;
    expect(delivery!.signal.aborted).toBe(false);
    expect(started.values).toHaveLength(1);
    await expect(queue.enqueue(definition, randomUUID(), payload())).rejects.toMatchObject({
      code: 'DEPENDENCY_UNAVAILABLE',
    });
    const next = connect([definition]);
    const seen = new Gathering<string>();
    await consume(next.queue, definition, async ({ payload: { jobId } }) => seen.add(jobId));
    expect(await seen.reach(1)).toEqual([waiting.jobId]);
  });

  it('aborts handlers that outlast the grace and hands their jobs back at once, uncounted', async () => {
    const [definition] = define(['linger'], { attempts: 1 });
    const { queue } = connect([definition]);
    const started = new Gathering<string>();
    await consume(queue, definition, async ({ payload: { jobId }, signal }) => {
      started.add(jobId);
      await once(signal, 'abort');
      signal.throwIfAborted();
    });
    const job = payload();
    await queue.enqueue(definition, randomUUID(), job);
    await started.reach(1);
    const next = connect([definition]);
    const seen = new Gathering<string>();
    await consume(next.queue, definition, async (delivery) =>
      seen.add(`${delivery.payload.jobId} ${delivery.attempt}`),
    );
    const begun = Date.now();
    await queue.close(10);
    expect(await seen.reach(1)).toEqual([`${job.jobId} 1`]);
    expect(Date.now() - begun).toBeLessThan(8_000);
  });

  it('refuses jobs in bounded time while the server is away, and takes them when it is back', async () => {
    const [definition] = define(['persist']);
    const { queue } = connect([definition]);
    const fresh = connect([definition]);
    await queue.enqueue(definition, randomUUID(), payload());
    await server().down();
    const begun = Date.now();
    for (const one of [queue, fresh.queue]) {
      const refused = { code: 'DEPENDENCY_UNAVAILABLE', retryable: true };
      await expect(one.enqueue(definition, randomUUID(), payload())).rejects.toMatchObject(refused);
      await expect(one.ping()).rejects.toMatchObject(refused);
    }
    const consumer = connect([definition], 1_500);
    await expect(consume(consumer.queue, definition, async () => undefined)).rejects.toMatchObject({
      code: 'DEPENDENCY_UNAVAILABLE',
    });
    expect(Date.now() - begun).toBeLessThan(40_000);
    await server().up();
    await untilTrue(() => queue.ping());
    await untilTrue(() => fresh.queue.ping());
    await queue.enqueue(definition, randomUUID(), payload());
    await fresh.queue.enqueue(definition, randomUUID(), payload());
  }, 90_000);

  it('closes in bounded time while the server is away', async () => {
    const [definition] = define(['leave']);
    const { queue } = connect([definition]);
    await consume(queue, definition, async () => undefined);
    await queue.enqueue(definition, randomUUID(), payload());
    await server().down();
    const begun = Date.now();
    const pending = queue.enqueue(definition, randomUUID(), payload());
    await Promise.all([expect(pending).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' }), queue.close(100)]);
    expect(Date.now() - begun).toBeLessThan(20_000);
    await server().up();
  }, 90_000);

  it('starts when the server arrives within the start limit', async () => {
    const [definition] = define(['arrive']);
    await server().down();
    const { queue } = connect([definition], 30_000);
    const seen = new Gathering<string>();
    const started = consume(queue, definition, async (delivery) => seen.add(delivery.payload.jobId));
    await server().up();
    await started;
    const job = payload();
    await queue.enqueue(definition, randomUUID(), job);
    expect(await seen.reach(1)).toEqual([job.jobId]);
  }, 90_000);

  it('goes on after the server was away, aborts what lost its lock meanwhile and delivers it again', async () => {
    const [definition] = define(['outlast'], { concurrency: 2, attempts: 2 });
    const { queue } = connect([definition]);
    const aborted = new Gathering<string>();
    const seen = new Gathering<string>();
    const held = payload();
    await consume(queue, definition, async ({ payload: { jobId }, signal }) => {
      seen.add(jobId);
      if (jobId !== held.jobId || seen.values.indexOf(jobId) !== seen.values.length - 1) return;
      await once(signal, 'abort');
      aborted.add(jobId);
      signal.throwIfAborted();
    });
    await queue.enqueue(definition, randomUUID(), held);
    await seen.reach(1);
    await server().down();
    expect(await aborted.reach(1)).toEqual([held.jobId]);
    await server().up();
    const next = payload();
    await untilTrue(() => queue.enqueue(definition, randomUUID(), next));
    const back = Date.now();
    const delivered = await seen.reach(3);
    expect([...delivered].sort()).toEqual([held.jobId, held.jobId, next.jobId].sort());
    console.info(`after an outage of over 15 s all was delivered ${Date.now() - back} ms after it ended`);
  }, 120_000);

  it('delivers a killed worker’s job again within 30 s', async () => {
    const [definition] = define(['survive']);
    const { queue } = connect([definition]);
    const hook = path.join(__dirname, '../fixtures/typescript-hook.cjs');
    const { name, queue: queueName } = definition;
    const child = fork(
      path.join(__dirname, '../fixtures/queue-child.ts'),
      [JSON.stringify({ backend: server().backend, queue: queueName, name })],
      { execArgv: ['--require', hook] },
    );
    const job = payload();
    try {
      await queue.enqueue(definition, randomUUID(), job);
      expect((await once(child, 'message'))[0]).toBe(job.jobId);
    } finally {
      child.kill('SIGKILL');
    }
    const killed = Date.now();
    const seen = new Gathering<string>();
    await consume(queue, definition, async (delivery) => seen.add(`${delivery.payload.jobId} ${delivery.attempt}`));
    expect(await seen.reach(1)).toEqual([`${job.jobId} 1`]);
    const recoveryMs = Date.now() - killed;
    console.info(`a killed worker's job was delivered again after ${recoveryMs} ms`);
    expect(recoveryMs).toBeLessThan(30_000);
  }, 90_000);
}

/** Calls `attempt` again until it does not reject. */
async function untilTrue(attempt: () => Promise<void>): Promise<void> {
  for (const end = Date.now() + 30_000; ;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > end) throw error;
      // A refusal may come at once: the socket needs a turn to reconnect.
      await setImmediate();
    }
  }
}
