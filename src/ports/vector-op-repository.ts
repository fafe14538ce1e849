import type { VectorSpace, VectorSpaceState } from '../records/vector-space';
import type { TenantScope } from '../domain/tenant-scope';
import type { VectorIndexOp } from './vector-index';

/** What the indexes still have to do, and the vectors they do it with. */
export interface VectorOpRepository {
  /** Null when the collection is gone or being deleted. */
  findSpace(scope: TenantScope, collectionId: string): Promise<VectorSpaceState | null>;
  /**
   * At most `limit` ops after `afterSeq`, ascending. An UPSERT whose face has been deleted since is left out (its DELETE
   * follows); `throughSeq` counts it all the same.
   */
  listOps(
    scope: TenantScope,
    space: VectorSpace,
    afterSeq: bigint,
    limit: number,
  ): Promise<{ ops: VectorIndexOp[]; throughSeq: bigint }>;
  /**
   * Takes the right to apply ops of one space for `ttlMs`, across processes.
   * @returns false while another owner holds it.
   */
  acquireLease(scope: TenantScope, space: VectorSpace, owner: string, ttlMs: number): Promise<boolean>;
  /**
   * Keeps that right for `ttlMs` from now.
   * @returns false when another owner has taken it since, even one who has given it back.
   */
  renewLease(scope: TenantScope, space: VectorSpace, owner: string, ttlMs: number): Promise<boolean>;
  releaseLease(scope: TenantScope, space: VectorSpace, owner: string): Promise<void>;
}
