import { readdirSync } from 'node:fs';
import path from 'node:path';
import { makeTenantScope } from '../../src/domain/tenant-scope-factory';
import { createTenant, type TestTenant } from '../factories/tenant';
import type { Data } from '../fixtures/client';
import { findTestData, variant, type TestData } from '../fixtures/photos';
import { describeOnEveryEngines, makeDataFolder, removeDataFolder, TestPlatform } from '../fixtures/platform';
import { PlatformProcess } from '../fixtures/platform-process';
import { beginReembedding, collectionOf, heldIn, reembed, SOURCE, TARGET } from '../fixtures/reembedding';
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

const PUBLISH = `mutation ($input: PublishGalleryInput!) { publishGallery(input: $input) { gallery { id } } }`;
const GRANT = `mutation ($input: GrantGalleryInput!) { grantGallery(input: $input) { grant { id } } }`;
const RECOGNIZE = `query ($image: ImageInput!, $galleryIds: [ID!]!) {
  recognizeCelebrities(image: $image, galleryIds: $galleryIds, minSimilarity: 0) { celebrityFaces { id name } }
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

/** What somebody who was granted the collection as a gallery is told of a photograph. */
async function granted(platform: TestPlatform, owner: TestTenant, collectionId: string, photo: Buffer) {
  const searcher = await createTenant(platform.operator, 'Searcher');
  const { publishGallery } = await owner.api.call(PUBLISH, { input: { collectionId, name: 'Known' } });
  const input = { id: publishGallery.gallery.id, granteeTenantId: searcher.id };
  const { grantGallery } = await owner.api.call(GRANT, { input });
  return async (): Promise<Data[]> => {
    const variables = { image: { base64: photo.toString('base64') }, galleryIds: [grantGallery.grant.id] };
    return (await searcher.api.call(RECOGNIZE, variables)).recognizeCelebrities.celebrityFaces;
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
      const celebrities = await granted(platform, tenant, collectionId, portraits(data!)[0]!.photos[0]!);
      const known = await celebrities();
      expect(known.map(({ name }) => name)).toEqual([probes[0]!.name]);
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
      expect(await celebrities()).toEqual(known);
      const faceId = held.faces.nodes[0].id;
      const { searchFaces } = await tenant.api.call(BY_FACE, { collectionIds: [collectionId], faceId });
      expect(searchFaces.modelPack.id).toBe(TARGET);
    });
  });

  test('goes on by itself after its process was killed', async () => {
    const env = { LIKENESS_PACKS: `${SOURCE},${TARGET}`, LIKENESS_INFERENCE_THREADS: '1' };
    const dataDir = await makeDataFolder();
    let platform = await PlatformProcess.start({ dataDir, env });
    try {
      const tenant = await createTenant(platform.operator);
      const collectionId = await tenant.createCollection({ modelPack: SOURCE, qualityFilter: 'NONE' });
      const [somebody] = portraits(data!);
      const images = await Promise.all(Array.from({ length: 60 }, (_, step) => variant(somebody!.photos[0]!, step)));
      const uploads = await tenant.uploadAll(images);
      await tenant.enroll(
        collectionId,
        uploads.map((uploadId, n) => ({ image: { uploadId }, person: { create: { displayName: `n${n}` } } })),
      );
      const held = await heldIn(tenant, collectionId);
      const jobId = await beginReembedding(tenant, collectionId);
      for await (const event of tenant.followJob(jobId)) {
        if (event.type === 'JOB_PROGRESS' && Number(event.payload['done']) >= 5) break;
      }
      expect((await tenant.job(jobId)).state).toBe('IN_PROGRESS');
      await platform.end('SIGKILL');
      platform = await PlatformProcess.start({ dataDir, env });
      const restarted = tenant.at(platform.url);
      const job = await restarted.finishJob(jobId);
      expect(job).toMatchObject({ state: 'SUCCEEDED', progress: { done: 61, failed: 0, total: 61 } });
      expect(await heldIn(restarted, collectionId)).toEqual(held);
      expect(await collectionOf(restarted, collectionId)).toMatchObject({ modelPackId: TARGET, faceCount: 60 });
      const { probes } = await restarted.search([collectionId], { base64: images[7]!.toString('base64') });
      expect(probes[0].matches[0].similarity).toBeGreaterThan(95);
    } finally {
      await platform.end('SIGKILL');
      await removeDataFolder(dataDir);
    }
  });
});
