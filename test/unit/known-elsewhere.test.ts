import { newId } from '../../src/domain/ids';
import { makeTenantScope } from '../../src/domain/tenant-scope-factory';
import type { CollectionRecord } from '../../src/records/collection';
import { KnownElsewhere, type KnownElsewhereDependencies } from '../../src/modules/enrollment/known-elsewhere';
import type { CalibratedPack } from '../../src/ports/face-analyzer';

const scope = makeTenantScope(newId());
const collection = { id: 'collection', faceCount: 400, personCount: 2 } as CollectionRecord;
const calibration = {
  revision: '1',
  knots: [
    { distance: 0, d: 5 },
    { distance: 2, d: 0 },
  ],
  extrapolatedBeyondD: 5,
  equalErrorDistance: 0.5,
  source: 'none',
};
const pack = { embeddingDigest: 'pack', dimension: 2, metric: 'COSINE', calibration } as unknown as CalibratedPack;

/** An index in which all faces but the farthest are of the person who is asked for. */
function open(own: number) {
  const hits = Array.from({ length: own + 1 }, (_, n) => ({
    tenantId: scope.tenantId,
    collectionId: 'collection',
    vectorKey: BigInt(n),
    distance: n / 1_000_000,
  }));
  const search = jest.fn(async (...[, , , k]: Parameters<KnownElsewhereDependencies['collectionIndex']['search']>) => [
    hits.slice(0, k),
  ]);
  const countUnassigned = jest.fn(async () => 0);
  const known = new KnownElsewhere({
    collections: { getMany: async () => [collection], getPack: () => pack },
    collectionIndex: { search },
    faces: { countUnassigned },
    groupings: {
      findPersons: async (_scope, _id, keys) =>
        new Map(keys.map((key) => [key, key === BigInt(own) ? 'other' : 'subject'])),
    },
    persons: { findRejected: async () => [] },
  });
  const range = { collectionId: 'collection' };
  return { search, countUnassigned, find: () => known.find(scope, range, 'subject', Float32Array.of(1, 0)) };
}

describe('KnownElsewhere', () => {
  it('looks past the faces of the person, as far as the index goes', async () => {
    const { find, search } = open(300);
    expect(await find()).toMatchObject({ personId: 'other' });
    expect(search.mock.calls.map(([, , , k]) => k)).toEqual([64, 256, 1_024]);
    expect(await open(2_000).find()).toBeNull();
  });

  it('counts the faces of nobody once for all faces of a range', async () => {
    const { find, countUnassigned } = open(3);
    await find();
    await find();
    expect(countUnassigned).toHaveBeenCalledTimes(1);
  });
});
