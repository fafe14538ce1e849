import { makeTenantScope } from '../../src/domain/tenant-scope-factory';
import { newId } from '../../src/domain/ids';
import { CollectionTurns } from '../../src/modules/grouping/collection-turns';
import { GroupingService, type GroupingDependencies } from '../../src/modules/grouping/grouping.service';

/** A service whose looks at collections wait until the test lets them end. */
function createHeld() {
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const deps = {
    turns: new CollectionTurns(),
    collections: { getMany: async () => [{}], getPack: () => ({ calibration: { knots: [] }, metric: 'COSINE' }) },
    collectionIndex: { search: async () => [] },
    groupings: {
      listNewest: (scope: { tenantId: string }) => {
        begun.push(scope.tenantId);
        return new Promise((resolve) => ends.push(() => resolve([])));
      },
      findPersons: async () => new Map(),
      listBirths: async () => new Map(),
      listRejections: async () => new Set(),
    },
  };
  return { service: new GroupingService(deps as unknown as GroupingDependencies), begun, ends };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('collections of one tenant are looked through one after the other, and keep no place from another tenant', async () => {
  const { service, begun, ends } = createHeld();
  const [one, other] = [makeTenantScope(newId()), makeTenantScope(newId())];
  const asked = Array.from({ length: 5 }, () => service.suggest(one, newId(), 80, 10));
  await settle();
  expect(begun).toEqual([one.tenantId]);
  const theirs = service.suggest(other, newId(), 80, 10);
  await settle();
  expect(begun).toEqual([one.tenantId, other.tenantId]);
  ends[1]!();
  expect(await theirs).toEqual([]);
  for (let n = 0; n < 5; n += 1) {
    expect(begun.filter((id) => id === one.tenantId)).toHaveLength(n + 1);
    ends[n === 0 ? 0 : n + 1]!();
    await asked[n];
    await settle();
  }
});
