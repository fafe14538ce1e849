import { SharedGate, WeightedGate } from '../../src/domain/weighted-gate';

/** Work that ends when it is told to. */
function manual(gate: Pick<WeightedGate, 'run'>, weight: number) {
  let finish!: () => void;
  let started = false;
  const done = gate.run(weight, () => {
    started = true;
    return new Promise<void>((resolve) => (finish = resolve));
  });
  return { done, finish: () => finish(), started: () => started };
}
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('WeightedGate', () => {
  it('lets work in up to its capacity, in order', async () => {
    const gate = new WeightedGate(10);
    const [a, b, c, d] = [manual(gate, 6), manual(gate, 4), manual(gate, 8), manual(gate, 1)];
    await settle();
    expect([a, b, c, d].map((work) => work.started())).toEqual([true, true, false, false]);
    a.finish();
    await settle();
    expect(c.started()).toBe(false);
    b.finish();
    await settle();
    expect([c.started(), d.started()]).toEqual([true, true]);
    c.finish();
    d.finish();
    await Promise.all([a.done, b.done, c.done, d.done]);
  });

  it('lets parties take turns, however much one of them waits with', async () => {
    const gate = new WeightedGate(1);
    const order: string[] = [];
    const work = (party: string) =>
      gate.run(
        1,
        async () => {
          order.push(party);
          await settle();
        },
        party,
      );
    await Promise.all([...Array.from({ length: 5 }, () => work('a')), work('b'), work('b')]);
    expect(order).toEqual(['a', 'b', 'a', 'b', 'a', 'a', 'a']);
  });

  it('lets in what is heavier than its capacity, alone', async () => {
    const gate = new WeightedGate(10);
    const [a, b] = [manual(gate, 1_000), manual(gate, 1)];
    await settle();
    expect([a.started(), b.started()]).toEqual([true, false]);
    a.finish();
    await settle();
    expect(b.started()).toBe(true);
    b.finish();
    await b.done;
  });

  it('lets go of who waits no more', async () => {
    const gate = new WeightedGate(2);
    const first = manual(gate, 2);
    const given = new AbortController();
    const waiting = gate.run(2, () => Promise.resolve(), 'b', given.signal);
    const last = manual(gate, 1);
    given.abort(new Error('no longer'));
    await expect(waiting).rejects.toThrow('no longer');
    first.finish();
    await settle();
    expect(last.started()).toBe(true);
    last.finish();
    await last.done;
    expect(gate.idle).toBe(true);
  });

  it('goes on after work that fails', async () => {
    const gate = new WeightedGate(1);
    await expect(gate.run(1, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    await expect(gate.run(1, () => Promise.resolve('next'))).resolves.toBe('next');
  });
});

describe('SharedGate', () => {
  it('keeps half for the others, whatever one party holds and waits with', async () => {
    const gate = new SharedGate(10);
    const of = (party: string) => ({ run: gate.run.bind(gate, party) as WeightedGate['run'] });
    const held = [1, 2, 3, 4].map(() => manual(of('a'), 3));
    const other = manual(of('b'), 5);
    await settle();
    expect(held.map((work) => work.started())).toEqual([true, false, false, false]);
    expect(other.started()).toBe(true);
    other.finish();
    for (const work of held) {
      await settle();
      work.finish();
      await work.done;
    }
    await other.done;
  });
});
