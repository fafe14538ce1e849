import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ApiClient } from '../../src/demo/api-client';
import { openTenant } from '../../src/demo/tenant';

describe('the tenant of the demo and of seed', () => {
  const EXPIRES = new Date('2030-01-01');
  let folder: string;
  /** By id. Others may have its name. */
  let tenants: Map<string, { name: string; status: string }>;
  let keys: { tenantId: string; expiresAt: Date }[];

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'likeness-tenant-'));
    tenants = new Map([['of-somebody', { name: 'Photographs', status: 'ACTIVE' }]]);
    keys = [];
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Answers what the API would. */
  async function request(query: string, variables: { id?: string; name?: string; input?: never }): Promise<unknown> {
    if (query.includes('createTenant')) {
      const id = `made-${tenants.size}`;
      tenants.set(id, { name: variables.name!, status: 'ACTIVE' });
      return { createTenant: { tenant: { id }, apiKey: { id: 'first' } } };
    }
    if (query.includes('revokeApiKey')) return { revokeApiKey: {} };
    if (query.includes('createApiKey')) {
      keys.push(variables.input!);
      return { createApiKey: { secret: 'secret' } };
    }
    if (query.includes('tenant(id:')) return { tenant: tenants.get(variables.id!) ?? null };
    throw new Error(`Not foreseen: ${query}`);
  }
  const open = (): Promise<string> =>
    openTenant(
      { request } as unknown as ApiClient,
      { name: 'Photographs', idFile: path.join(folder, 'seed-tenant') },
      EXPIRES,
    );

  test('is made once, whoever has its name, and found again by its id', async () => {
    expect(await open()).toBe('secret');
    expect(await readFile(path.join(folder, 'seed-tenant'), 'utf8')).toBe('made-1\n');
    expect((await stat(path.join(folder, 'seed-tenant'))).mode & 0o777).toBe(0o600);
    await open();
    expect(keys).toEqual([
      expect.objectContaining({ tenantId: 'made-1', expiresAt: EXPIRES }),
      expect.objectContaining({ tenantId: 'made-1', expiresAt: EXPIRES }),
    ]);
  });

  test.each([
    ['was deleted', () => tenants.set('made-1', { name: 'Photographs', status: 'DELETING' })],
    ['is of another database', () => tenants.delete('made-1') && tenants.set('other', { name: 'x', status: 'ACTIVE' })],
  ])('is made anew where it %s', async (_why, change) => {
    await open();
    change();
    await open();
    expect(keys.map((one) => one.tenantId)).toEqual(['made-1', 'made-2']);
    expect(await readFile(path.join(folder, 'seed-tenant'), 'utf8')).toBe('made-2\n');
  });
});
