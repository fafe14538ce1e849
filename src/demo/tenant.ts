import { API_KEY_SCOPES } from '../domain/scopes';
import { type ApiClient } from './api-client';

/**
 * A new key of the tenant of that name, which is made where there is none: what was enrolled before is still there.
 * @param expiresAt null: it works until it is revoked.
 */
export async function openTenant(operator: ApiClient, name: string, expiresAt: Date | null): Promise<string> {
  const { tenants } = await operator.request<{ tenants: { nodes: { id: string; name: string; status: string }[] } }>(
    '{ tenants(first: 1000) { nodes { id name status } } }',
  );
  const kept = tenants.nodes.find((one) => one.name === name && one.status === 'ACTIVE');
  const tenantId = kept?.id ?? (await createTenant(operator, name));
  const { createApiKey } = await operator.request<{ createApiKey: { secret: string } }>(
    'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }',
    { input: { tenantId, name: 'Demo', scopes: API_KEY_SCOPES, expiresAt } },
  );
  return createApiKey.secret;
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
