import type { Tx } from '../../database/sql';
import { DomainError } from '../../domain/errors';
import type { TenantLimits } from '../../domain/tenant';
import type { TenantScope } from '../../domain/tenant-scope';
import { MAX_OPEN_UPLOAD_BYTES } from '../../records/upload';

/** What a request would add. Images count as one face each: how many they hold is known only when they are analysed. */
export interface Wanted {
  readonly collections?: number;
  readonly persons?: number;
  readonly faces?: number;
}

/**
 * Refuses what would take a tenant past its limits, by what is committed: requests at the same moment may together pass a
 * limit by their own size.
 * @throws DomainError QUOTA_EXCEEDED.
 */
export async function assertWithinQuota(tx: Tx, scope: TenantScope, wanted: Wanted): Promise<void> {
  const rows = await tx.$queryRaw<
    { limits: Partial<TenantLimits>; collections: number; persons: number; faces: number }[]
  >`
    SELECT t.limits, count(c.id)::int AS collections, coalesce(sum(c.person_count), 0)::int AS persons,
           coalesce(sum(c.face_count), 0)::int AS faces
      FROM tenants t LEFT JOIN collections c ON c.tenant_id = t.id AND c.state = 'ACTIVE'
     WHERE t.id = ${scope.tenantId}::uuid GROUP BY t.id`;
  const row = rows[0];
  if (!row) return;
  const checks = [
    ['collections', row.limits.maxCollections, row.collections, wanted.collections],
    ['persons', row.limits.maxPersons, row.persons, wanted.persons],
    ['faces', row.limits.maxFaces, row.faces, wanted.faces],
  ] as const;
  for (const [what, limit, used, more] of checks) {
    if (limit === null || limit === undefined || !more || used + more <= limit) continue;
    throw new DomainError(
      'QUOTA_EXCEEDED',
      `This tenant may hold ${limit} ${what} and holds ${used}: ${more} more do not fit. Delete some, or ask the operator for more.`,
      { details: { limit, used, wanted: more, what } },
    );
  }
}

/** @throws DomainError QUOTA_EXCEEDED when `bytes` more would take the tenant's uploads past what they may hold. */
export async function assertUploadsFit(tx: Tx, scope: TenantScope, bytes: number): Promise<void> {
  const rows = await tx.$queryRaw<{ used: bigint }[]>`
    SELECT coalesce(sum(bytes), 0)::bigint AS used FROM uploads WHERE tenant_id = ${scope.tenantId}::uuid`;
  const used = Number(rows[0]?.used ?? 0);
  if (used + bytes <= MAX_OPEN_UPLOAD_BYTES) return;
  throw new DomainError(
    'QUOTA_EXCEEDED',
    `This tenant's open uploads may hold ${MAX_OPEN_UPLOAD_BYTES} bytes and hold ${used}: ${bytes} more do not fit. Enrol what was sent, or wait until uploads expire.`,
    { details: { limit: MAX_OPEN_UPLOAD_BYTES, used, wanted: bytes, what: 'upload bytes' } },
  );
}
