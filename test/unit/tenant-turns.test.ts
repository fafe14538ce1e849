import { TenantTurns } from '../../src/database/tenant-turns';

function held() {
  let end!: () => void;
  const done = new Promise<void>((resolve) => (end = resolve));
  return { end, done };
}

describe('turns of a tenant', () => {
  it('bounds one tenant and leaves the others alone', async () => {
    const turns = new TenantTurns(2, 10, 60_000);
    const works = [held(), held(), held()];
    const begun: number[] = [];
    const all = works.map(({ done }, index) =>
      turns.run('a', async () => {
        begun.push(index);
        await done;
      }),
    );
    expect(await turns.run('b', () => Promise.resolve('mine'))).toBe('mine');
    expect(begun).toEqual([0, 1]);
    works[1]!.end();
    await all[1];
    await new Promise((resolve) => setImmediate(resolve));
    expect(begun).toEqual([0, 1, 2]);
    for (const { end } of works) end();
    await Promise.all(all);
    expect(await turns.run('a', () => Promise.resolve('again'))).toBe('again');
  });

  it('gives up on a turn that does not come, and passes it on when work fails', async () => {
    const turns = new TenantTurns(1, 10, 1);
    const work = held();
    const first = turns.run('a', () => work.done.then(() => Promise.reject(new Error('broken'))));
    await expect(turns.run('a', () => Promise.resolve())).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      retryable: true,
      details: { retryAfterMs: 1_000 },
    });
    work.end();
    await expect(first).rejects.toThrow('broken');
    expect(await turns.run('a', () => Promise.resolve('next'))).toBe('next');
  });

  it('gives a connection that is free to the tenant whose turn it is', async () => {
    const turns = new TenantTurns(2, 2, 60_000);
    const order: string[] = [];
    const work = (tenant: string) =>
      turns.run(tenant, async () => {
        order.push(tenant);
        await new Promise((resolve) => setImmediate(resolve));
      });
    await Promise.all(['a', 'a', 'a', 'a', 'b', 'b', 'c'].map(work));
    expect(order.slice(0, 5)).toEqual(expect.arrayContaining(['b', 'c']));
    expect(order).toHaveLength(7);
  });

  it('gives up on a connection that does not become free', async () => {
    const turns = new TenantTurns(1, 1, 1);
    const work = held();
    const first = turns.run('a', () => work.done);
    await expect(turns.run('b', () => Promise.resolve())).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      retryable: true,
      details: { retryAfterMs: 1_000 },
    });
    work.end();
    await first;
    expect(await turns.run('b', () => Promise.resolve('mine'))).toBe('mine');
  });
});
