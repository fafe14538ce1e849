import type { TenantScope } from '../../domain/tenant-scope';
import type { CalibratedPack } from '../../ports/face-analyzer';

/** Collections that are remembered. */
const MOST = 10_000;

/**
 * The packs that collections had when they were last searched. With it the analysis of an image begins before the database has
 * said which pack it is, and, which alone counts, whether the collection is there: searches ask for the same collections
 * again and again.
 */
export class KnownPacks {
  private readonly packs = new Map<string, CalibratedPack>();

  find(scope: TenantScope, collectionIds: readonly string[]): CalibratedPack | undefined {
    return this.packs.get(keyOf(scope, collectionIds));
  }

  learn(scope: TenantScope, collectionIds: readonly string[], pack: CalibratedPack): void {
    const key = keyOf(scope, collectionIds);
    this.packs.delete(key);
    this.packs.set(key, pack);
    const oldest = this.packs.keys().next();
    if (this.packs.size > MOST && !oldest.done) this.packs.delete(oldest.value);
  }

  forget(scope: TenantScope, collectionIds: readonly string[]): void {
    this.packs.delete(keyOf(scope, collectionIds));
  }
}

/** All of one search have one pack. */
const keyOf = ({ tenantId }: TenantScope, [first]: readonly string[]): string => `${tenantId} ${first ?? ''}`;
