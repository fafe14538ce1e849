import { createSystem } from '../../src/database/system';
import { parseKey } from '../../src/domain/api-key';
import { AddressHolders } from '../../src/http/address-holders';
import type { AddressHolder } from '../../src/records/api-key';
import { createTenant, startTestApi, type TestApi } from '../fixtures/api-server';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';
import { TestClock } from '../fixtures/image-server';

const HERE = '192.0.2.7';

let db: TestDatabase;
let api: TestApi;
let clock: TestClock;
let holders: AddressHolders;
beforeAll(async () => {
  db = await startTestDatabase();
  api = await startTestApi(db.database);
});
afterAll(async () => {
  await api?.stop();
  await db?.stop();
});
beforeEach(() => {
  clock = new TestClock();
  holders = new AddressHolders(createSystem(db.database).credentials, clock);
});

async function start() {
  const { tenantId, key } = await createTenant(api);
  const { id } = await db.database.system.apiKey.findUniqueOrThrow({ where: { keyId: parseKey(key)!.keyId } });
  await holders.assertHolds(id, HERE);
  const refused = () =>
    holders.assertHolds(id, HERE).then(
      () => false,
      (error: unknown) => {
        expect(error).toMatchObject({ code: 'FORBIDDEN' });
        return true;
      },
    );
  const change = (data: { revokedAt?: Date; expiresAt?: Date; allowedNetworks?: string[] }) =>
    db.database.system.apiKey.update({ where: { id }, data });
  return { tenantId, id, refused, change };
}

describe('addresses', () => {
  it('work no longer than their key, wherever it was revoked: half a second at most', async () => {
    const { refused, change } = await start();
    await change({ revokedAt: new Date() });
    expect(await refused()).toBe(false);
    clock.advance(500);
    expect(await refused()).toBe(true);
  });

  it('end at once where it is revoked in this process', async () => {
    const { id, refused, change } = await start();
    await change({ revokedAt: new Date() });
    holders.forget(id);
    expect(await refused()).toBe(true);
  });

  it('end with the expiry of their key, and while its tenant is suspended', async () => {
    const expiring = await start();
    await expiring.change({ expiresAt: new Date(Date.now() + 10_000) });
    clock.advance(9_000);
    expect(await expiring.refused()).toBe(false);
    clock.advance(1_500);
    expect(await expiring.refused()).toBe(true);

    const { tenantId, refused } = await start();
    for (const [status, expected] of [['SUSPENDED', true] as const, ['ACTIVE', false] as const]) {
      await db.database.system.tenant.update({ where: { id: tenantId }, data: { status } });
      clock.advance(500);
      expect(await refused()).toBe(expected);
    }
  });

  it('work from the networks of their key alone', async () => {
    const { id, refused, change } = await start();
    await change({ allowedNetworks: ['198.51.100.0/24', '192.0.2.7'] });
    holders.forget(id);
    expect(await refused()).toBe(false);
    await expect(holders.assertHolds(id, '192.0.2.8')).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('are refused where nobody can say whether their key holds, and work again afterwards', async () => {
    const findHolder = jest
      .fn<Promise<AddressHolder>, []>()
      .mockRejectedValueOnce(new Error('away'))
      .mockResolvedValue({ holds: true, allowedNetworks: null });
    const away = new AddressHolders({ findHolder }, clock);
    await expect(away.assertHolds('id', HERE)).rejects.toThrow('away');
    await away.assertHolds('id', HERE);
    await Promise.all([away.assertHolds('id', HERE), away.assertHolds('id', HERE)]);
    expect(findHolder).toHaveBeenCalledTimes(2);
  });
});
