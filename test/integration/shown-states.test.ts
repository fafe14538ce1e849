import { buildSchema, isEnumType } from 'graphql';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { $Enums } from '../../src/database/generated/client';
import { newId } from '../../src/domain/ids';
import type { Data } from '../fixtures/client';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';
import { createEnrollmentWorld, scriptedImage, type EnrollmentWorld } from '../fixtures/enrollment-world';
import { startWorldApi, type CallingTenant, type WorldApi } from '../fixtures/world-api';

let db: TestDatabase;
let world: EnrollmentWorld;
let api: WorldApi;
let tenant: CallingTenant;
let collectionId: string;
beforeAll(async () => {
  db = await startTestDatabase();
  world = await createEnrollmentWorld(db);
  api = await startWorldApi(world);
});
afterAll(async () => {
  await api?.stop();
  await world?.dispose();
  await db?.stop();
});
beforeEach(async () => {
  tenant = await api.createTenant();
  collectionId = await world.createCollection(tenant.scope);
});

/** An image each; @returns the job's id. */
async function enrol(images: readonly Parameters<typeof scriptedImage>[0][]): Promise<string> {
  const items = images.map((image) => ({ image: { base64: scriptedImage(image).toString('base64') } }));
  const job = await world.service.enroll(tenant.scope, { collectionId, items }, 'request');
  await world.settle();
  return job.id;
}

const listFaces = async (args: string): Promise<Data[]> =>
  (await tenant.query(`{ faces(${args}) { nodes { id state person { id } } } }`)).faces.nodes;

describe('faces that nobody has been named for, and faces that were rejected', () => {
  const counts = async () =>
    (
      await tenant.query(
        'query ($id: ID!) { collection(id: $id) { faceCount unassignedFaceCount unindexedFaceCount } }',
        { id: collectionId },
      )
    ).collection;

  it('are counted and listed apart', async () => {
    expect(await counts()).toEqual({ faceCount: 0, unassignedFaceCount: 0, unindexedFaceCount: 0 });
    await enrol([
      { faces: [1, 2, 3], rejected: { 1: 'LOW_SHARPNESS' } },
      { faces: [4], rejected: { 0: 'MISALIGNED' } },
    ]);
    expect(await counts()).toEqual({ faceCount: 2, unassignedFaceCount: 2, unindexedFaceCount: 2 });
    const unassigned = await listFaces('filter: { assigned: false }');
    expect(unassigned.map(({ state }) => state)).toEqual(['INDEXED', 'INDEXED']);
    expect((await listFaces('filter: { state: UNINDEXED }')).map(({ state }) => state)).toEqual([
      'UNINDEXED',
      'UNINDEXED',
    ]);
    expect(await listFaces('filter: { assigned: false, state: UNINDEXED }')).toEqual([]);

    const person = await db.database.maintain(tenant.scope, (tx) =>
      tx.person.create({ data: { id: newId(), tenantId: tenant.scope.tenantId, collectionId, displayName: 'Ada' } }),
    );
    await db.database.maintain(tenant.scope, (tx) =>
      tx.face.update({ where: { id: unassigned[0]!.id }, data: { personId: person.id } }),
    );
    expect(await counts()).toEqual({ faceCount: 2, unassignedFaceCount: 1, unindexedFaceCount: 2 });
    expect(await listFaces('filter: { assigned: true }')).toEqual([{ ...unassigned[0], person: { id: person.id } }]);
    expect(await listFaces('filter: { assigned: false }')).toEqual([unassigned[1]]);
  });

  it('are counted for each collection of a list on its own', async () => {
    await enrol([{ faces: [1, 2], rejected: { 1: 'LOW_SHARPNESS' } }]);
    await world.createCollection(tenant.scope);
    const { collections } = await tenant.query('{ collections { nodes { unassignedFaceCount unindexedFaceCount } } }');
    expect(collections.nodes).toEqual([
      { unassignedFaceCount: 1, unindexedFaceCount: 1 },
      { unassignedFaceCount: 0, unindexedFaceCount: 0 },
    ]);
  });
});

describe('an enum of the schema has the states that answers show, and no others', () => {
  const schema = buildSchema(readFileSync(path.join(__dirname, '..', '..', 'schema.graphql'), 'utf8'));
  const valuesOf = (name: string): string[] => {
    const type = schema.getType(name);
    return isEnumType(type) ? type.getValues().map((value) => value.name) : [];
  };
  const shown = (rows: readonly { readonly state?: string; readonly status?: string }[]) =>
    [...new Set(rows.map((row) => row.state ?? row.status))].sort();

  it('FaceState', async () => {
    const states = Object.values($Enums.FaceState);
    await enrol([{ faces: states.map((_, n) => n) }]);
    await db.database.maintain(tenant.scope, async (tx) => {
      for (const [ordinal, state] of states.entries())
        await tx.face.updateMany({ where: { ordinal }, data: { state } });
    });
    expect(shown(await listFaces('first: 50'))).toEqual(valuesOf('FaceState'));
  });

  it('JobState and JobItemState', async () => {
    const states = Object.values($Enums.JobState);
    const jobIds: string[] = [];
    for (const state of states) {
      const jobId = await enrol([{ faces: [1] }]);
      await db.database.maintain(tenant.scope, (tx) => tx.job.update({ where: { id: jobId }, data: { state } }));
      jobIds.push(jobId);
    }
    for (const [n, state] of Object.values($Enums.JobItemState).entries()) {
      await db.database.maintain(tenant.scope, (tx) =>
        tx.jobItem.updateMany({ where: { jobId: jobIds[n]! }, data: { state } }),
      );
    }
    const { jobs } = await tenant.query('{ jobs { nodes { state items { nodes { state } } } } }');
    expect(shown(jobs.nodes)).toEqual(valuesOf('JobState'));
    expect(shown(jobs.nodes.flatMap((job: Data) => job.items.nodes))).toEqual(valuesOf('JobItemState'));
  });

  it('TenantStatus', async () => {
    for (const status of Object.values($Enums.TenantStatus)) {
      const { scope } = await api.createTenant();
      await db.database.system.tenant.update({ where: { id: scope.tenantId }, data: { status } });
    }
    const { data } = await api.call(api.operatorKey, '{ tenants { nodes { status } } }');
    expect(shown(data!.tenants.nodes)).toEqual(valuesOf('TenantStatus'));
  });
});
