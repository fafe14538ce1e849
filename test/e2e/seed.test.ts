import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { readFile, readdir } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { openDataDirectory } from '../../src/infra/postgres/data-directory';
import { makeDataFolder, removeDataFolder } from '../fixtures/platform';
import { PlatformProcess } from '../fixtures/platform-process';
import { ApiClient } from '../fixtures/client';

describe('npm run seed', () => {
  jest.setTimeout(120_000);
  let dataDir: string;
  let server: PlatformProcess | undefined;
  beforeEach(async () => {
    dataDir = await makeDataFolder();
  });
  /** Listens where the settings say that Likeness does, and answers everything with 200. */
  let stranger: Server;
  let asked: string[];
  beforeEach(async () => {
    asked = [];
    stranger = createServer((request, response) => {
      asked.push(`${request.url} ${request.headers.authorization}`);
      response.end('{}');
    }).listen(0, '127.0.0.1');
    await once(stranger, 'listening');
  });
  afterEach(async () => {
    stranger.close();
    await server?.end();
    await removeDataFolder(dataDir);
  });

  async function seed(env: Record<string, string>) {
    const one = PlatformProcess.spawn({
      dataDir,
      command: ['demo/seed.js'],
      env: { LIKENESS_PACKS: 'bundled', ...env },
    });
    expect({ ...(await one.ended), output: one.output }).toMatchObject({ code: 0 });
    const [, key = ''] = /^Key +(\S+) \(works for 30 days\)$/m.exec(one.output) ?? [];
    const [, collectionId = ''] = /^Collection +(\S+)$/m.exec(one.output) ?? [];
    return { output: one.output, key, collectionId };
  }

  test('makes a tenant with photographs, with a server or without one, and enrols nothing twice', async () => {
    const strangersPort = String((stranger.address() as AddressInfo).port);
    const alone = await seed({ LIKENESS_PORT: strangersPort });
    expect(alone.output).toContain('Starting Likeness for this');
    expect(alone.output).toContain('6 photographs enrolled, 0 were there already');

    server = await PlatformProcess.start({ dataDir, env: { LIKENESS_PACKS: 'bundled' } });
    const again = await seed({ LIKENESS_PORT: strangersPort });
    expect(asked).toEqual([]);
    expect(again.output).not.toContain('Starting Likeness');
    expect(again.output).toContain('0 photographs enrolled, 6 were there already');
    const tenantId = (await readFile(path.join(dataDir, 'seed-tenant'), 'utf8')).trim();
    const { tenants, apiKeys } = await server.operator.call(
      'query ($tenantId: ID!) { tenants { nodes { id } } apiKeys(tenantId: $tenantId) { nodes { expiresAt revokedAt } } }',
      { tenantId },
    );
    expect(tenants.nodes).toEqual([{ id: tenantId }]);
    const expiries = apiKeys.nodes
      .filter((one: { revokedAt: string | null }) => one.revokedAt === null)
      .map((one: { expiresAt: string | null }) => (Date.parse(one.expiresAt ?? '') - Date.now()) / 86_400_000);
    expect(expiries).toEqual([expect.closeTo(30, 1), expect.closeTo(30, 1)]);
    for (const { key, collectionId } of [alone, again]) {
      const { persons } = await new ApiClient(server.url, key).call(
        'query ($id: ID!) { persons(collectionId: $id) { nodes { displayName faces(first: 1) { nodes { cropUrl } } } } }',
        { id: collectionId },
      );
      expect(persons.nodes.length).toBeGreaterThan(15);
      expect((await fetch(persons.nodes[0].faces.nodes[0].cropUrl)).headers.get('content-type')).toBe('image/jpeg');
    }
  });

  test('does not run in production', async () => {
    const one = PlatformProcess.spawn({ dataDir, command: ['demo/seed.js'], env: { NODE_ENV: 'production' } });
    expect(await one.ended).toMatchObject({ code: 1 });
    expect(one.output.trim()).toBe(
      'npm run seed makes a tenant and a key to try things with: it does not run with NODE_ENV=production.',
    );
    expect(await readdir(dataDir)).toEqual([]);
  });

  test('asks nobody where the folder is held by what serves no API', async () => {
    const folder = await openDataDirectory(dataDir);
    const { port } = stranger.address() as AddressInfo;
    const one = PlatformProcess.spawn({ dataDir, command: ['demo/seed.js'], env: { LIKENESS_PORT: String(port) } });
    expect(await one.ended).toMatchObject({ code: 1 });
    await folder.release();
    expect(one.output).toMatch(new RegExp(`held by pid ${process.pid} .*, which serves no API at this moment`));
    expect(one.output).not.toMatch(/\n\s+at /);
    expect(asked).toEqual([]);
  });
});
