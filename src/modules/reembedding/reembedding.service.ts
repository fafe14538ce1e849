import { badInput, DomainError, notFound } from '../../domain/errors';
import { isId } from '../../domain/ids';
import { isNewer } from '../../domain/pack-version';
import type { TenantScope } from '../../domain/tenant-scope';
import type { Clock } from '../../ports/clock';
import type { PackDescription } from '../../ports/face-analyzer';
import type { CollectionRecord } from '../../records/collection';
import type { JobRecord } from '../../records/job';
import type { ReembeddingRecord } from '../../records/reembedding';
import type { CollectionService } from '../collections/collection.service';
import type { ReembeddingStore } from './reembedding.store';

export interface ReembeddingServiceDependencies {
  readonly reembeddings: ReembeddingStore;
  readonly collections: Pick<CollectionService, 'getMany' | 'getServedPack' | 'listServedPacks'>;
  readonly clock: Clock;
}

export interface ReembedCommand {
  /** The collection. */
  readonly id: string;
  /** `name@version`, or a bare name: its newest version. */
  readonly modelPack: string;
  readonly dropFacesWithoutImage?: boolean | null;
}

/** Moves collections to other packs; the work is the job of `reembedding.kind`. */
export class ReembeddingService {
  constructor(private readonly deps: ReembeddingServiceDependencies) {}

  /**
   * Writes the job and answers at once. What an earlier one has embedded for the same pack, and is kept, is not embedded again.
   * @throws DomainError NOT_FOUND (collection), BAD_USER_INPUT (a pack that is not served, or has no scale), CONFLICT (the
   * collection is of that pack, or moves already).
   */
  async begin(scope: TenantScope, command: ReembedCommand, requestId: string): Promise<JobRecord> {
    const { id, modelPack, dropFacesWithoutImage } = command;
    if (!isId(id)) throw notFound('collection');
    const pack = this.deps.collections.getServedPack(modelPack);
    if (pack.calibration === null) {
      throw badInput({
        path: 'modelPack',
        rule: `must be a pack with a similarity scale, which ${pack.id} has not: name one that modelPacks lists as calibrated, or ask whoever runs this server to calibrate it`,
      });
    }
    return this.create(scope, id, pack.id, dropFacesWithoutImage ?? false, requestId);
  }

  /**
   * Moves a collection back to the pack that it had. Its vectors are there still: only faces that have come since are embedded.
   * @throws DomainError NOT_FOUND (collection), CONFLICT when nothing is kept, or it moves already; MODEL_MISMATCH when the
   * earlier pack is not served any more.
   */
  async rollBack(scope: TenantScope, collectionId: string, requestId: string): Promise<JobRecord> {
    const [collection] = await this.deps.collections.getMany(scope, [collectionId]);
    const latest = await this.findLatest(scope, collectionId);
    if (latest?.state !== 'SWITCHED' || latest.targetPackId !== collection?.modelPackId || !this.isKept(latest)) {
      throw new DomainError(
        'CONFLICT',
        'There is nothing to roll back: the collection has not moved, or the vectors of its earlier pack are not kept any more. Use reembedCollection to move it to another pack.',
      );
    }
    const { sourcePackId } = latest;
    if (!this.deps.collections.listServedPacks().some(({ id, calibration }) => id === sourcePackId && calibration)) {
      throw new DomainError(
        'MODEL_MISMATCH',
        `This server does not serve ${sourcePackId} at present, which the collection would go back to. Try again when modelPacks lists it as calibrated (ask whoever runs this server).`,
      );
    }
    return this.create(scope, collectionId, sourcePackId, false, requestId);
  }

  /** Lets go of what is kept of earlier packs. @throws DomainError NOT_FOUND, CONFLICT when nothing is. */
  async finish(scope: TenantScope, collectionId: string): Promise<CollectionRecord> {
    const [collection] = await this.deps.collections.getMany(scope, [collectionId]);
    const now = this.deps.clock.now();
    if (collection && (await this.deps.reembeddings.forget(scope, collectionId, now))) return collection;
    throw new DomainError(
      'CONFLICT',
      'There is nothing to finish: no vectors of another pack are kept for this collection.',
    );
  }

  /** The last of each, in the order asked. */
  findMany(scope: TenantScope, collectionIds: readonly string[]): Promise<(ReembeddingRecord | null)[]> {
    return this.deps.reembeddings.findLatest(scope, collectionIds);
  }

  /** Until when a move can be rolled back; null when it cannot. */
  canRollBackUntil(reembedding: ReembeddingRecord): Date | null {
    return reembedding.state === 'SWITCHED' && this.isKept(reembedding) ? reembedding.keptUntil : null;
  }

  /** The newest served version of a collection's pack, where it is newer than the collection's; null otherwise. */
  findNewerPack(modelPackId: string): PackDescription | null {
    const [name = '', version = ''] = modelPackId.split('@');
    const [newest] = this.deps.collections
      .listServedPacks()
      .filter((pack) => pack.name === name && pack.calibration !== null && isNewer(pack.version, version))
      .sort((a, b) => (isNewer(a.version, b.version) ? -1 : 1));
    return newest ?? null;
  }

  private async findLatest(scope: TenantScope, collectionId: string): Promise<ReembeddingRecord | null> {
    return (await this.findMany(scope, [collectionId]))[0] ?? null;
  }

  private isKept({ keptUntil }: ReembeddingRecord): boolean {
    return keptUntil !== null && keptUntil > this.deps.clock.now();
  }

  private create(
    scope: TenantScope,
    collectionId: string,
    targetPackId: string,
    leavesOut: boolean,
    requestId: string,
  ): Promise<JobRecord> {
    const now = this.deps.clock.now();
    return this.deps.reembeddings.create(scope, { collectionId, targetPackId, leavesOut, requestId, now });
  }
}
