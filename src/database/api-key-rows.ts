import { newId } from '../domain/ids';
import { isApiKeyScope } from '../domain/scopes';
import type { ApiKeyRecord, NewApiKey } from '../records/api-key';
import type { ApiKey, Prisma } from './generated/client';

export function apiKeyRecordOf(row: Omit<ApiKey, 'secretHash'>): ApiKeyRecord {
  return {
    id: row.id,
    tenantId: row.tenantId,
    keyId: row.keyId,
    name: row.name,
    scopes: row.scopes.filter(isApiKeyScope),
    isTest: row.isTest,
    collectionIds: row.collectionIds.length > 0 ? row.collectionIds : null,
    allowedNetworks: row.allowedNetworks.length > 0 ? row.allowedNetworks : null,
    expiresAt: row.expiresAt,
    lastUsedAt: row.lastUsedAt,
    revokedAt: row.revokedAt,
    createdAt: row.createdAt,
    predecessorId: row.predecessorId,
  };
}

export function apiKeyDataOf(tenantId: string, key: NewApiKey): Prisma.ApiKeyCreateManyInput {
  return {
    id: newId(),
    tenantId,
    keyId: key.keyId,
    secretHash: new Uint8Array(key.secretHash),
    name: key.name,
    scopes: [...key.scopes],
    isTest: key.isTest,
    collectionIds: [...(key.collectionIds ?? [])],
    allowedNetworks: [...(key.allowedNetworks ?? [])],
    expiresAt: key.expiresAt,
    predecessorId: key.predecessorId ?? null,
  };
}
