import { readdirSync } from 'node:fs';
import path from 'node:path';
import { makeTenantScope } from '../../src/domain/tenant-scope-factory';
import { createTenant, type TestTenant } from '../factories/tenant';
import type { Data } from '../fixtures/client';
import { findTestData, type TestData } from '../fixtures/photos';
import { describeOnEveryEngines, TestPlatform } from '../fixtures/platform';
import { collectionOf, heldIn, reembed, SOURCE, TARGET } from '../fixtures/reembedding';
import { suiteWhere } from '../fixtures/needs';

const data = findTestData('moving a collection of real photographs to another pack');
const PEOPLE = 8;
const PHOTOS_EACH = 3;

jest.setTimeout(240_000);

/** Press photographs of a few people, some of each. */
function portraits(from: TestData): { name: string; photos: Buffer[] }[] {
  const folder = from.folder('lfw-view1/images');
  const people = readdirSync(folder)
    .sort()
    .map((name) => ({ name, files: readdirSync(path.join(folder, name)).sort() }))
    .filter(({ files }) => files.length > PHOTOS_EACH)
    .slice(0, PEOPLE);
  return people.map(({ name, files }) => ({
    name,
    photos: files.slice(0, PHOTOS_EACH + 1).map((file) => from.photo(`lfw-view1/images/${name}/${file}`)),
  }));
}

const BY_FACE = `query ($collectionIds: [ID!]!, $faceId: ID!) {
  searchFaces(collectionIds: $collectionIds, faceId: $faceId, threshold: 0, limit: 1) { modelPack { id } }
}`;

/** Searches again and again until it is told to stop. */
async function searchAlong(tenant: TestTenant, collectionId: string, probes: { name: string; uploadId: string }[]) {
  let going = true;
  const seen: { expected: string; found: string | null; similarity: number; failure?: unknown }[] = [];
  const run = async (): Promise<void> => {
    for (let turn = 0; going; turn += 1) {
      const { name, uploadId } = probes[turn % probes.length]!;
      try {
        const [probe] = (await tenant.search([collectionId], { uploadId }, { threshold: 0, limit: 1 })).probes;
        const [best] = probe.matches;
        seen.push({ expected: name, found: best?.person?.displayName ?? null, similarity: best?.similarity ?? 0 });
      } catch (failure) {
        seen.push({ expected: name, found: null, similarity: 0, failure });
      }
    }
  };
  const running = run();
  return async () => {
    going = false;
    await running;
    return seen;
  };
}

suiteWhere(data !== undefined)('a collection moves to another pack', () => {
  describeOnEveryEngines('its searches', (engines) => {
    let platform: TestPlatform;
    let tenant: TestTenant;
    let collectionId: string;
    let probes: { name: string; uploadId: string }[];
    let held: Data;

    beforeAll(async () => {
      platform = await TestPlatform.start({
        engines,
        env: { LIKENESS_PACKS: `${SOURCE},${TARGET}`, LIKENESS_SEARCHES_HOURLY: '0' },
      });
      tenant = await createTenant(platform.operator);
      collectionId = await tenant.createCollection({ modelPack: SOURCE });
      probes = [];
      const items = [];
      for (const { name, photos } of portraits(data!)) {
        const [probe, ...rest] = await tenant.uploadAll(photos);
        probes.push({ name, uploadId: probe! });
        const person = { create: { displayName: name, externalId: `x-${name}`, metadata: { of: name } } };
        for (const uploadId of rest) items.push({ image: { uploadId }, person, onAmbiguous: 'LARGEST' as const });
      }
      items.push({ image: { base64: data!.photo('groups/obama_and_biden.jpg').toString('base64') } });
      const job = await tenant.enroll(collectionId, items);
      expect(job.progress).toMatchObject({ failed: 0, total: items.length });
      held = await heldIn(tenant, collectionId);
      const [first, second] = held.persons.nodes;
      await tenant.api.call('mutation ($input: RejectMatchInput!) { rejectMatch(input: $input) { faces { id } } }', {
        input: { faceIds: [first.faces.nodes[0].id], personId: second.id },
      });
      held = await heldIn(tenant, collectionId);
      expect(held.persons.nodes).toHaveLength(PEOPLE);
    });
    afterAll(() => platform?.stop());

    test('go on before, during and after, and names, ids and rejections stay', async () => {
      const rejections = () => platform.database.read(makeTenantScope(tenant.id), (tx) => tx.faceRejection.findMany());
      const rejected = await rejections();
      expect(rejected).toHaveLength(1);
      const before = await collectionOf(tenant, collectionId);
      expect(before).toMatchObject({ modelPackId: SOURCE, reembedding: null });
      const stop = await searchAlong(tenant, collectionId, probes);
      const job = await reembed(tenant, collectionId).finally(() => stop());
      const seen = await stop();
      const images = job.progress.total - 1;
      expect(job).toMatchObject({ kind: 'REEMBEDDING', state: 'SUCCEEDED', error: null });
      expect(job.progress).toEqual({ done: images + 1, failed: 0, total: images + 1 });
      expect(images).toBe(PEOPLE * PHOTOS_EACH + 1);

      expect(seen.filter(({ failure }) => failure !== undefined)).toEqual([]);
      expect(seen.length).toBeGreaterThan(5);
      const after = await collectionOf(tenant, collectionId);
      expect(after).toMatchObject({
        modelPackId: TARGET,
        faceCount: before.faceCount,
        personCount: before.personCount,
        reembedding: { jobId: job.id, sourcePackId: SOURCE, targetPackId: TARGET, state: 'SWITCHED' },
      });
      expect(Date.parse(after.reembedding.canRollBackUntil)).toBeGreaterThan(Date.now());
      expect(await heldIn(tenant, collectionId)).toEqual(held);
      expect(await rejections()).toEqual(rejected);
      for (const { name, uploadId } of probes) {
        const [probe] = (await tenant.search([collectionId], { uploadId }, { threshold: 0, limit: 1 })).probes;
        expect(probe.matches[0].person).toMatchObject({ displayName: name, externalId: `x-${name}` });
      }
      const faceId = held.faces.nodes[0].id;
      const { searchFaces } = await tenant.api.call(BY_FACE, { collectionIds: [collectionId], faceId });
      expect(searchFaces.modelPack.id).toBe(TARGET);
    });
  });
});
