import { pastBounds, type Tx } from '../../database/sql';
import { DomainError } from '../../domain/errors';
import { DEFAULT_LIMITS, type TenantLimits } from '../../domain/tenant';
import type { TenantScope } from '../../domain/tenant-scope';
import { MEGABYTE } from '../../domain/units';

/** What an upload counts at least: each is a row, however small its file. */
const LEAST_UPLOAD_BYTES = 65_536;

/** What uploads of these sizes count together. */
export function uploadBytesOf(files: readonly { readonly bytes: number }[]): number {
  return files.reduce((sum, { bytes }) => sum + Math.max(bytes, LEAST_UPLOAD_BYTES), 0);
}

/** What a tenant holds. */
export interface Held {
  readonly collections: number;
  readonly persons: number;
  readonly faces: number;
  /** Of stored images, those of collections that are being deleted included: they still take the disk. */
  readonly imageBytes: number;
  /** Declared sizes of uploads that are not used up or removed yet, each at least `LEAST_UPLOAD_BYTES`. */
  readonly uploadBytes: number;
}

/**
 * What a request would add. Images count as one face each: how many they hold is known only when they are analysed. The
 * bytes of an image from an address are known only when it is fetched.
 */
export type Wanted = Partial<Held>;

/** As far as the caller sees it: of a bound key, its collections. */
export async function heldBy(tx: Tx, scope: TenantScope): Promise<Held> {
  return (await heldAndAllowed(tx, scope, true)).held;
}

/**
 * Refuses what would take a tenant past its limits, by what is committed: requests at the same moment may together pass a
 * limit by their own size. Of bytes, what is at its limit takes nothing more, however small.
 * @throws DomainError QUOTA_EXCEEDED.
 */
export async function assertWithinQuota(tx: Tx, scope: TenantScope, wanted: Wanted): Promise<void> {
  const { held, limits } = await pastBounds(tx, scope, () =>
    heldAndAllowed(tx, scope, wanted.uploadBytes !== undefined),
  );
  const checks = [
    ['collections', 'collections', limits.maxCollections, 1],
    ['persons', 'persons', limits.maxPersons, 1],
    ['faces', 'faces', limits.maxFaces, 1],
    ['imageBytes', 'MB of images', limits.maxImageMegabytes, MEGABYTE],
    ['uploadBytes', 'MB of open uploads', limits.maxOpenUploadMegabytes, MEGABYTE],
  ] as const;
  for (const [name, what, limit, unit] of checks) {
    const more = wanted[name];
    if (limit === null || !more || held[name] + more <= limit * unit) continue;
    const [used, wants] = [held[name], more].map((amount) => Math.ceil(amount / unit));
    throw new DomainError(
      'QUOTA_EXCEEDED',
      `This tenant may hold ${limit} ${what} and holds ${used}: ${wants} more do not fit. ${REMEDY[name]}`,
      { details: { limit, used, wanted: wants, what } },
    );
  }
}

const REMEDY: Readonly<Record<keyof Held, string>> = {
  collections: 'Delete some, or ask the operator for more.',
  persons: 'Delete some, or ask the operator for more.',
  faces: 'Delete some, or ask the operator for more.',
  imageBytes: 'Delete persons or faces with their images, or ask the operator for more.',
  uploadBytes: 'Enrol what was sent, wait until uploads expire, or ask the operator for more.',
};

/** @param countUploads they are as many as rows; else they are given as 0. */
async function heldAndAllowed(
  tx: Tx,
  scope: TenantScope,
  countUploads: boolean,
): Promise<{ held: Held; limits: TenantLimits }> {
  const rows = await tx.$queryRaw<
    {
      limits: Partial<TenantLimits>;
      collections: number;
      persons: number;
      faces: number;
      image_bytes: bigint;
      upload_bytes: bigint;
    }[]
  >`
    SELECT t.limits, count(c.id) FILTER (WHERE c.state = 'ACTIVE')::int AS collections,
           coalesce(sum(c.person_count) FILTER (WHERE c.state = 'ACTIVE'), 0)::int AS persons,
           coalesce(sum(c.face_count) FILTER (WHERE c.state = 'ACTIVE'), 0)::int AS faces,
           coalesce(sum(c.image_bytes), 0)::bigint AS image_bytes,
           (SELECT coalesce(sum(greatest(bytes, ${LEAST_UPLOAD_BYTES})), 0)::bigint FROM uploads WHERE ${countUploads} AND tenant_id = t.id) AS upload_bytes
      FROM tenants t LEFT JOIN collections c ON c.tenant_id = t.id
     WHERE t.id = ${scope.tenantId}::uuid GROUP BY t.id`;
  const row = rows[0];
  if (!row) return { held: NOTHING, limits: DEFAULT_LIMITS };
  const { limits, image_bytes, upload_bytes, ...counts } = row;
  return {
    held: { ...counts, imageBytes: Number(image_bytes), uploadBytes: Number(upload_bytes) },
    limits: { ...DEFAULT_LIMITS, ...limits },
  };
}

/** Of a tenant whose removal has just ended. */
const NOTHING: Held = { collections: 0, persons: 0, faces: 0, imageBytes: 0, uploadBytes: 0 };
