import { createSystem } from '../../src/database/system';
import { parseKey } from '../../src/domain/api-key';
import { AddressHolders } from '../../src/http/address-holders';
import { createTenant, startTestApi, type TestApi } from '../fixtures/api-server';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';
import { TestClock } from '../fixtures/image-server';

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
  await holders.assertHolds(id);
  const refused = () =>
    holders.assertHolds(id).then(
      () => false,
      (error: unknown) => {
        expect(error).toMatchObject({ code: 'FORBIDDEN' });
        return true;
      },
    );
  const change = (data: { revokedAt?: Date; expiresAt?: Date }) =>
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

  it('are refused where nobody can say whether their key holds, and work again afterwards', async () => {
    const findLapsed = jest.fn<Promise<string[]>, []>().mockRejectedValueOnce(new Error('away')).mockResolvedValue([]);
    const away = new AddressHolders({ findLapsed }, clock);
    await expect(away.assertHolds('id')).rejects.toThrow('away');
    await away.assertHolds('id');
    await Promise.all([away.assertHolds('id'), away.assertHolds('id')]);
    expect(findLapsed).toHaveBeenCalledTimes(2);
  });
});
