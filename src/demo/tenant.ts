import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { API_KEY_SCOPES } from '../domain/scopes';
import { type ApiClient } from './api-client';

export interface DemoTenant {
  /** Of a tenant that is made. */
  readonly name: string;
  /** The file in the data folder that holds its id. A tenant of that name may be anybody's. */
  readonly idFile: string;
}

/** A new key of the tenant that an earlier run made, or of a new one: what was enrolled before is still there. */
export async function openTenant(operator: ApiClient, { name, idFile }: DemoTenant, expiresAt: Date): Promise<string> {
  const kept = existsSync(idFile) ? readFileSync(idFile, 'utf8').trim() : '';
  const isThere = kept !== '' && (await isActive(operator, kept));
  const tenantId = isThere ? kept : await createTenant(operator, name);
  if (!isThere) writeFileSync(idFile, `${tenantId}\n`, { mode: 0o600 });
  const { createApiKey } = await operator.request<{ createApiKey: { secret: string } }>(
    'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }',
    { input: { tenantId, name: 'Demo', scopes: API_KEY_SCOPES, expiresAt } },
  );
  return createApiKey.secret;
}

/** false for a tenant that was deleted since, or that another database had. */
async function isActive(operator: ApiClient, id: string): Promise<boolean> {
  const { tenant } = await operator.request<{ tenant: { status: string } | null }>(
    'query ($id: ID!) { tenant(id: $id) { status } }',
    { id },
  );
  return tenant?.status === 'ACTIVE';
}

/** Its first key, which would work for ever, is revoked. */
async function createTenant(operator: ApiClient, name: string): Promise<string> {
  const { createTenant: made } = await operator.request<{
    createTenant: { tenant: { id: string }; apiKey: { id: string } };
  }>('mutation ($name: String!) { createTenant(input: { name: $name }) { tenant { id } apiKey { id } } }', { name });
  await operator.request('mutation ($input: RevokeApiKeyInput!) { revokeApiKey(input: $input) { apiKey { id } } }', {
    input: { id: made.apiKey.id, tenantId: made.tenant.id },
  });
  return made.tenant.id;
}
