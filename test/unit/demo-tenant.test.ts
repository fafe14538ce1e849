import {
  CreateApiKeyDocument,
  CreateTenantDocument,
  RevokeApiKeyDocument,
  TenantDocument,
  type LikenessClient,
} from '@likeness/client';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openTenant } from '../../src/demo/tenant';

interface Input {
  readonly name?: string;
  readonly tenantId: string;
  readonly expiresAt: string;
}

describe('the tenant of the demo and of seed', () => {
  const EXPIRES = new Date('2030-01-01');
  let folder: string;
  /** By id. Others may have its name. */
  let tenants: Map<string, { name: string; status: string }>;
  let keys: Input[];

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'likeness-tenant-'));
    tenants = new Map([['of-somebody', { name: 'Photographs', status: 'ACTIVE' }]]);
    keys = [];
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Answers what the API would. */
  async function request(document: unknown, variables: { id?: string; input?: Input }): Promise<unknown> {
    switch (document) {
      case CreateTenantDocument: {
        const id = `made-${tenants.size}`;
        tenants.set(id, { name: variables.input!.name!, status: 'ACTIVE' });
        return { createTenant: { tenant: { id }, apiKey: { id: 'first' } } };
      }
      case RevokeApiKeyDocument:
        return { revokeApiKey: {} };
      case CreateApiKeyDocument:
        keys.push(variables.input!);
        return { createApiKey: { secret: 'secret' } };
      case TenantDocument:
        return { tenant: tenants.get(variables.id!) ?? null };
      default:
        throw new Error(`Not foreseen: ${document as string}`);
    }
  }
  const open = (): Promise<string> =>
    openTenant(
      { request } as unknown as LikenessClient,
      { name: 'Photographs', idFile: path.join(folder, 'seed-tenant') },
      EXPIRES,
    );

  test('is made once, whoever has its name, and found again by its id', async () => {
    expect(await open()).toBe('secret');
    expect(await readFile(path.join(folder, 'seed-tenant'), 'utf8')).toBe('made-1\n');
    expect((await stat(path.join(folder, 'seed-tenant'))).mode & 0o777).toBe(0o600);
    await open();
    expect(keys).toEqual([
      expect.objectContaining({ tenantId: 'made-1', expiresAt: EXPIRES.toISOString(), isTest: true }),
      expect.objectContaining({ tenantId: 'made-1', expiresAt: EXPIRES.toISOString(), isTest: true }),
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
