import {
  ApiKeysDocument,
  CreateApiKeyDocument,
  RevokeApiKeyDocument,
  RotateApiKeyDocument,
  type ApiKeyScope,
  type ApiKeysQuery,
} from '@likeness/client';
import type { Context } from '../context.ts';
import { collectionIdsOf } from './collection-of.ts';
import { printRows, type Columns } from './rows.ts';

type ApiKey = ApiKeysQuery['apiKeys']['nodes'][number];

const COLUMNS: Columns<ApiKey> = {
  ID: ({ id }) => id,
  NAME: ({ name }) => name,
  SCOPES: ({ scopes }) => scopes.join(' '),
  COLLECTIONS: ({ collectionIds }) => collectionIds?.join(' ') ?? 'all',
  FROM: ({ allowedNetworks }) => allowedNetworks?.join(' ') ?? 'everywhere',
  'LAST USED': ({ lastUsedAt }) => lastUsedAt ?? 'never',
  ENDS: ({ expiresAt, revokedAt }) => (revokedAt ? 'revoked' : (expiresAt ?? 'never')),
};

/** The operator names the tenant. */
interface OfTenant {
  readonly tenant?: string;
}

interface NewKey {
  readonly scope: readonly ApiKeyScope[];
  readonly collection?: readonly string[];
  readonly network?: readonly string[];
  readonly force?: boolean;
  readonly expires?: string;
}

export async function listKeys(context: Context, { tenant, limit }: OfTenant & { limit: number }): Promise<void> {
  const variables = { tenantId: tenant, first: Math.min(limit + 1, 100) };
  await printRows(context, ApiKeysDocument, variables, ({ apiKeys }) => apiKeys, COLUMNS, limit);
}

export async function createKey(context: Context, name: string, options: OfTenant & NewKey): Promise<void> {
  const { likeness, out, signal } = context;
  const { scope, collection, network, force, expires, tenant: tenantId } = options;
  const collectionIds = collection && (await collectionIdsOf(context, collection));
  const allowedNetworks = network && [...network];
  const input = { name, scopes: [...scope], collectionIds, allowedNetworks, force, expiresAt: expires, tenantId };
  const { createApiKey } = await likeness.request(CreateApiKeyDocument, { input }, { signal });
  out.answer(createApiKey, () => shownOnce(createApiKey.secret));
}

export async function rotateKey(
  { likeness, out, signal }: Context,
  id: string,
  { grace: graceSeconds, tenant: tenantId }: OfTenant & { grace: number },
): Promise<void> {
  const { rotateApiKey } = await likeness.request(
    RotateApiKeyDocument,
    { input: { id, graceSeconds, tenantId } },
    { signal },
  );
  out.answer(
    rotateApiKey,
    () => `${shownOnce(rotateApiKey.secret)}\nThe old key works for ${graceSeconds} seconds more.`,
  );
}

export async function revokeKey(
  { likeness, out, signal }: Context,
  id: string,
  { tenant: tenantId }: OfTenant,
): Promise<void> {
  const { revokeApiKey } = await likeness.request(RevokeApiKeyDocument, { input: { id, tenantId } }, { signal });
  out.answer(revokeApiKey.apiKey, () => `${revokeApiKey.apiKey.name} is revoked.`);
}

const shownOnce = (secret: string): string => `${secret}\nKeep it now: it is shown this once.`;
