import { DomainError } from '../../domain/errors';
import type { TenantScope } from '../../domain/tenant-scope';
import type { TenantLimits } from '../../domain/tenant';
import type { Tx } from './database';

/** What a request would add. Pictures count as one face each: how many they hold is known only when they are analysed. */
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
