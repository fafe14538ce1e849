import { TenantTurns } from '../../src/database/tenant-turns';

function held() {
  let end!: () => void;
  const done = new Promise<void>((resolve) => (end = resolve));
  return { end, done };
}

describe('turns of a tenant', () => {
  it('bounds one tenant and leaves the others alone', async () => {
    const turns = new TenantTurns(2, 60_000);
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
    expect(begun).toEqual([0, 1, 2]);
    for (const { end } of works) end();
    await Promise.all(all);
    expect(await turns.run('a', () => Promise.resolve('again'))).toBe('again');
  });

  it('gives up on a turn that does not come, and passes it on when work fails', async () => {
    const turns = new TenantTurns(1, 1);
    const work = held();
    const first = turns.run('a', () => work.done.then(() => Promise.reject(new Error('broken'))));
    await expect(turns.run('a', () => Promise.resolve())).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    work.end();
    await expect(first).rejects.toThrow('broken');
    expect(await turns.run('a', () => Promise.resolve('next'))).toBe('next');
  });
});
