import {
  CreateApiKeyDocument,
  CreateTenantDocument,
  RevokeApiKeyDocument,
  TenantDocument,
  type LikenessClient,
} from '@likeness/client';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { API_KEY_SCOPES } from '../domain/scopes';

export interface DemoTenant {
  /** Of a tenant that is made. */
  readonly name: string;
  /** The file in the data folder that holds its id. A tenant of that name may be anybody's. */
  readonly idFile: string;
}

/** A new key of the tenant that an earlier run made, or of a new one: what was enrolled before is still there. */
export async function openTenant(
  operator: LikenessClient,
  { name, idFile }: DemoTenant,
  expiresAt: Date,
): Promise<string> {
  const kept = existsSync(idFile) ? readFileSync(idFile, 'utf8').trim() : '';
  const isThere = kept !== '' && (await isActive(operator, kept));
  const tenantId = isThere ? kept : await createTenant(operator, name);
  if (!isThere) writeFileSync(idFile, `${tenantId}\n`, { mode: 0o600 });
  const ends = expiresAt.toISOString();
  const input = { tenantId, name: 'Demo', scopes: API_KEY_SCOPES, expiresAt: ends, isTest: true };
  const { createApiKey } = await operator.request(CreateApiKeyDocument, { input });
  return createApiKey.secret;
}

/** false for a tenant that was deleted since, or that another database had. */
async function isActive(operator: LikenessClient, id: string): Promise<boolean> {
  const { tenant } = await operator.request(TenantDocument, { id });
  return tenant?.status === 'ACTIVE';
}

/** Its first key, which would work for ever, is revoked. */
async function createTenant(operator: LikenessClient, name: string): Promise<string> {
  const { createTenant: made } = await operator.request(CreateTenantDocument, { input: { name } });
  const input = { id: made.apiKey.id, tenantId: made.tenant.id };
  await operator.request(RevokeApiKeyDocument, { input });
  return made.tenant.id;
}
