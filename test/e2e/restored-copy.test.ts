import { execFileSync } from 'node:child_process';
import { cp, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { createTenant, type TestTenant } from '../factories/tenant';
import type { Data } from '../fixtures/client';
import { cutOut, partyPhoto, type Box } from '../fixtures/photos';
import { makeDataFolder, removeDataFolder } from '../fixtures/platform';
import { PlatformProcess } from '../fixtures/platform-process';

const LEDGER = 'erasures.jsonl';

test('who was erased after the copy was taken stays gone when it is put back, and so do revoked keys', async () => {
  const dataDir = await makeDataFolder();
  const copy = await makeDataFolder();
  let platform = await PlatformProcess.start({ dataDir });
  try {
    const tenant = await createTenant(platform.operator);
    const [kept, dropped] = [await tenant.createCollection(), await tenant.createCollection()];
    const photo = partyPhoto(1);
    const { faces } = await tenant.detect(photo);
    const portraits = await Promise.all(faces.slice(0, 3).map((face: Data) => cutOut(photo, face.boundingBox as Box)));
    const people: Awaited<ReturnType<TestTenant['enrollPerson']>>[] = [];
    for (const portrait of portraits) people.push(await tenant.enrollPerson(kept, portrait, 'Guest'));
    await tenant.enrollPerson(dropped, portraits[0]!, 'Guest');
    const createKey = async (): Promise<{ id: string; secret: string }> => {
      const { createApiKey } = await tenant.api.call(
        `mutation { createApiKey(input: { name: "more", scopes: [READ] }) { secret apiKey { id } } }`,
      );
      return { id: createApiKey.apiKey.id, secret: createApiKey.secret };
    };
    const [revoked, replaced] = [await createKey(), await createKey()];
    const other = await createTenant(platform.operator);
    await platform.end('SIGTERM');
    await rm(copy, { recursive: true, force: true });
    // With owners: as root, the embedded server has an account of its own.
    execFileSync('cp', ['-a', dataDir, copy]);

    platform = await PlatformProcess.start({ dataDir });
    const now = tenant.at(platform.url);
    await now.api.call(`mutation ($ids: [ID!]!) { deletePersons(input: { personIds: $ids }) { jobId } }`, {
      ids: [people[0]!.personId],
    });
    await now.api.call(`mutation ($ids: [ID!]!) { deleteFaces(input: { faceIds: $ids }) { jobId } }`, {
      ids: [people[2]!.faceId],
    });
    await now.api.call(`mutation ($id: ID!) { deleteCollection(input: { id: $id }) { jobId } }`, { id: dropped });
    await now.api.call(`mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { apiKey { id } } }`, {
      id: revoked.id,
    });
    await now.api.call(`mutation ($id: ID!) { rotateApiKey(input: { id: $id, graceSeconds: 0 }) { apiKey { id } } }`, {
      id: replaced.id,
    });
    await platform.operator.call(`mutation ($id: ID!) { deleteTenant(input: { id: $id }) { tenant { id } } }`, {
      id: other.id,
    });
    await platform.end('SIGTERM');
    const ledger = await readFile(path.join(dataDir, LEDGER), 'utf8');
    for (const id of [
      people[0]!.personId,
      people[0]!.faceId,
      people[2]!.faceId,
      dropped,
      revoked.id,
      replaced.id,
      other.id,
    ]) {
      expect(ledger).toContain(id);
    }
    expect(ledger).not.toContain('Guest');
    for (const id of [people[1]!.personId, people[2]!.personId, tenant.api.key]) expect(ledger).not.toContain(id);

    // All is put back but the ledger.
    await cp(path.join(dataDir, LEDGER), path.join(copy, LEDGER));
    platform = await PlatformProcess.start({ dataDir: copy });
    const restored = tenant.at(platform.url);
    const found: Data[] = [];
    for (const portrait of portraits) {
      const { probes } = await restored.search([kept], { base64: portrait.toString('base64') }, { threshold: 0 });
      found.push(...probes[0].matches);
    }
    expect(new Set(found.map(({ person }) => person.id))).toEqual(new Set([people[1]!.personId]));
    const { gone, empty, collection } = await restored.api.call(
      `query ($gone: ID!, $empty: ID!, $collection: ID!) {
        gone: person(id: $gone) { id } empty: person(id: $empty) { faceCount } collection(id: $collection) { id }
      }`,
      { gone: people[0]!.personId, empty: people[2]!.personId, collection: dropped },
    );
    expect({ gone, empty, collection }).toEqual({ gone: null, empty: { faceCount: 0 }, collection: null });
    for (const key of [revoked.secret, replaced.secret, other.api.key]) {
      const { errors } = await tenant.at(platform.url, key).api.ask('{ viewer { keyName } }');
      expect(errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
    }
    await platform.end('SIGTERM');
    // What it has seen is not replayed again.
    platform = await PlatformProcess.start({ dataDir: copy });
    expect(platform.output).not.toContain('the erasure ledger was replayed');
  } finally {
    await platform.end('SIGKILL');
    await removeDataFolder(dataDir);
    await removeDataFolder(copy);
  }
}, 180_000);
