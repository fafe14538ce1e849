import type { Erasures, Tenants } from '../../database/system';
import type { TenantScope } from '../../domain/tenant-scope';
import type { ErasureLedger } from '../../ports/erasure-ledger';
import type { ErasureKind, ErasureRecord } from '../../records/erasure';

export interface ErasureReplayDependencies {
  readonly erasures: Pick<Erasures, 'endKeys' | 'findForeign' | 'findLiving' | 'seen' | 'seenBytes'>;
  readonly ledger: Pick<ErasureLedger, 'length' | 'read'>;
  readonly tenants: Pick<Tenants, 'beginDeletion'>;
  /** Each erases what is still there, and passes over what is not. @returns how much was. */
  readonly erase: {
    readonly collections: (scope: TenantScope, ids: readonly string[]) => Promise<number>;
    readonly persons: (scope: TenantScope, ids: readonly string[]) => Promise<number>;
    readonly faces: (scope: TenantScope, ids: readonly string[]) => Promise<number>;
  };
  /** Ends what the tenant has still to enrol. @returns how many images that was. */
  readonly withdrawEnrollments: (scope: TenantScope) => Promise<number>;
  readonly now: () => Date;
}

export interface Replayed {
  /** Records that the database had not seen. */
  readonly records: number;
  /** Of these, what was there again and is gone now. */
  readonly erased: Readonly<Record<ErasureKind, number>>;
  /** Images that the copy had still to enrol, and that would have brought back whom they are of. */
  readonly withdrawn: number;
}

/**
 * Before a copy of the database that was put back serves: what the ledger has and the copy has not yet seen is erased again. A database
 * that has seen all of it costs one look-up.
 */
export class ErasureReplay {
  constructor(private readonly deps: ErasureReplayDependencies) {}

  /** May be cut short and run again. @returns null when there was nothing to do. @throws DomainError CONFLICT for a file that is no ledger. */
  async run(): Promise<Replayed | null> {
    const { erasures, ledger } = this.deps;
    // In this order: another process may be adding to both.
    const seen = await erasures.seenBytes();
    const length = await ledger.length();
    if (length === seen || length === 0) return null;
    const erased = { PERSON: 0, FACE: 0, COLLECTION: 0, TENANT: 0, API_KEY: 0 };
    let records = 0;
    let withdrawn = 0;
    // Another ledger than the one that the database knows: all of it.
    for await (const batch of ledger.read(seen < length ? seen : 0)) {
      records += batch.length;
      withdrawn += await this.withdraw(batch, seen);
      await this.replay(batch, erased);
    }
    await erasures.seen(length, seen);
    return { records, erased, withdrawn };
  }

  /** Before anything of it is erased, and noted as erased: so that a replay that was cut short does it, too. */
  private async withdraw(batch: readonly ErasureRecord[], seen: number): Promise<number> {
    const ofFaces = batch.filter(({ kind }) => kind === 'PERSON' || kind === 'FACE');
    if (ofFaces.length === 0) return 0;
    const tenantIds = await this.deps.erasures.findForeign(ofFaces, seen);
    let withdrawn = 0;
    for (const scope of await this.deps.erasures.findLiving([...tenantIds])) {
      withdrawn += await this.deps.withdrawEnrollments(scope);
    }
    return withdrawn;
  }

  private async replay(batch: readonly ErasureRecord[], erased: Record<ErasureKind, number>): Promise<void> {
    const { erasures, tenants, erase, now } = this.deps;
    const keys = batch.flatMap(({ kind, id, endsAt }) => (kind === 'API_KEY' && endsAt ? [{ id, endsAt }] : []));
    if (keys.length > 0) erased.API_KEY += await erasures.endKeys(keys);
    const goneIds = batch.flatMap(({ kind, id }) => (kind === 'TENANT' ? [id] : []));
    for (const { tenantId } of goneIds.length > 0 ? await erasures.findLiving(goneIds) : []) {
      await tenants.beginDeletion(tenantId, now());
      erased.TENANT += 1;
    }
    const living = await erasures.findLiving([...new Set(batch.map(({ tenantId }) => tenantId))]);
    for (const scope of living) {
      const idsOf = (wanted: ErasureKind): string[] => [
        ...new Set(
          batch.flatMap(({ tenantId, kind, id }) => (tenantId === scope.tenantId && kind === wanted ? [id] : [])),
        ),
      ];
      erased.COLLECTION += await erase.collections(scope, idsOf('COLLECTION'));
      // A person's faces have records of their own: some were to be kept.
      erased.PERSON += await erase.persons(scope, idsOf('PERSON'));
      erased.FACE += await erase.faces(scope, idsOf('FACE'));
    }
  }
}
