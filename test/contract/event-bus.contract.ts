import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { BullmqEventBus } from '../../src/infra/bullmq/bullmq-event-bus';
import { type QueueServer } from '../fixtures/queue-servers';

/** Counts hints and answers once there is one more than when asked. */
class Hints {
  count = 0;
  private waiting: (() => void)[] = [];

  readonly listener = (): void => {
    this.count += 1;
    for (const resolve of this.waiting.splice(0)) resolve();
  };

  next(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}

/** What every EventBus promises, against a real server that is taken away and brought back. */
export function describeEventBus(server: () => QueueServer): void {
  const open: BullmqEventBus[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((bus) => bus.close()));
  });

  function connect() {
    const errors: unknown[] = [];
    const backend = server().backend;
    const bus = new BullmqEventBus({ backend, namespace: 'tests', onError: (error) => errors.push(error) });
    open.push(bus);
    return { bus, errors };
  }

  /** A listener that has been told to look once, as every new one is when its process begins to listen. */
  async function listen(bus: BullmqEventBus, tenantId: string) {
    const hints = new Hints();
    const ready = hints.next();
    const stop = bus.subscribe(tenantId, hints.listener);
    await ready;
    return { hints, stop };
  }

  it('carries a hint to every process that listens to the tenant', async () => {
    const tenant = randomUUID();
    const [one, two, publisher] = [connect().bus, connect().bus, connect().bus];
    const listeners = await Promise.all([listen(one, tenant), listen(two, tenant)]);
    const heard = listeners.map(({ hints }) => hints.next());
    await publisher.publish(tenant);
    await Promise.all(heard);
    await publisher.ping();
  });

  it('keeps the hints of one tenant from another', async () => {
    const [tenant, other] = [randomUUID(), randomUUID()];
    const { bus } = connect();
    const own = await listen(bus, tenant);
    const foreign = new Hints();
    bus.subscribe(other, foreign.listener);
    await connect().bus.publish(tenant);
    for (let round = 0; round < 3; round += 1) {
      const heard = own.hints.next();
      await bus.publish(tenant);
      await heard;
    }
    expect(foreign.count).toBe(0);
    const heard = foreign.next();
    await bus.publish(other);
    await heard;
  });

  it('tells each subscription until it is ended', async () => {
    const tenant = randomUUID();
    const { bus } = connect();
    const first = await listen(bus, tenant);
    const second = new Hints();
    const stopSecond = bus.subscribe(tenant, second.listener);
    const stopTwin = bus.subscribe(tenant, second.listener);
    let heard = Promise.all([first.hints.next(), second.next()]);
    await bus.publish(tenant);
    await heard;
    stopSecond();
    stopSecond();
    const before = second.count;
    heard = Promise.all([first.hints.next(), second.next()]);
    await bus.publish(tenant);
    await heard;
    expect(second.count).toBe(before + 1);
    stopTwin();
    const next = first.hints.next();
    await bus.publish(tenant);
    await next;
    expect(second.count).toBe(before + 1);
  });

  it('goes on when a listener throws', async () => {
    const tenant = randomUUID();
    const { bus, errors } = connect();
    bus.subscribe(tenant, () => {
      throw new Error('a careless listener');
    });
    const { hints } = await listen(bus, tenant);
    const heard = hints.next();
    await bus.publish(tenant);
    await heard;
    expect(String(errors[0])).toContain('careless');
  });

  it('refuses hints in bounded time while the server is away, and hears them when it is back', async () => {
    const tenant = randomUUID();
    const [{ bus }, fresh] = [connect(), connect()];
    const { hints } = await listen(bus, tenant);
    await server().down();
    const late = new Hints();
    fresh.bus.subscribe(tenant, late.listener);
    const begun = Date.now();
    for (const one of [bus, fresh.bus]) {
      await expect(one.publish(tenant)).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
      await expect(one.ping()).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    }
    expect(Date.now() - begun).toBeLessThan(30_000);
    const heard = Promise.all([hints.next(), late.next()]);
    await server().up();
    const back = Date.now();
    await untilAccepted(() => bus.publish(tenant));
    await heard;
    console.info(`a hint was heard again ${Date.now() - back} ms after an outage`);
    await untilAccepted(() => fresh.bus.publish(tenant));
  }, 90_000);

  it('closes in bounded time while the server is away, and refuses what comes after', async () => {
    const tenant = randomUUID();
    const { bus } = connect();
    await listen(bus, tenant);
    await server().down();
    const begun = Date.now();
    const pending = expect(bus.publish(tenant)).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    await Promise.all([bus.close(), pending]);
    expect(Date.now() - begun).toBeLessThan(15_000);
    await server().up();
    await expect(bus.publish(tenant)).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    expect(() => bus.subscribe(tenant, () => undefined)).toThrow('closed');
  }, 60_000);
}

async function untilAccepted(attempt: () => Promise<void>): Promise<void> {
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
