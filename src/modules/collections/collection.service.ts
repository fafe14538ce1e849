import { badInput, DomainError, notFound } from '../../domain/errors';
import { isId } from '../../domain/ids';
import { newestFirst } from '../../domain/pack-version';
import type { QualityFilter } from '../../domain/quality';
import type { TenantScope } from '../../domain/tenant-scope';
import type { CalibratedPack, PackDescription } from '../../ports/face-analyzer';
import type {
  CollectionChanges,
  CollectionFilter,
  CollectionOrderField,
  CollectionRecord,
} from '../../records/collection';
import type { PageRequest, Placed } from '../../records/page';
import type { CollectionStore } from './collection.store';

export interface CollectionServiceDependencies {
  readonly collections: CollectionStore;
  readonly packs: () => readonly PackDescription[];
  /** The pack of a collection that names none. */
  readonly defaultPackId: string;
}

export interface CreateCollectionCommand {
  readonly name: string;
  readonly description?: string;
  readonly modelPack?: string;
  readonly similarityThreshold?: number | null;
  readonly targetFpir?: number;
  readonly qualityFilter?: QualityFilter;
  readonly retentionDays?: number | null;
}

const isCalibrated = (pack: PackDescription): pack is CalibratedPack => pack.calibration !== null;

export class CollectionService {
  constructor(private readonly deps: CollectionServiceDependencies) {}

  /** @throws DomainError BAD_USER_INPUT for an unknown pack, CONFLICT for a name in use. */
  async create(scope: TenantScope, command: CreateCollectionCommand): Promise<CollectionRecord> {
    const pack = this.getServedPack(command.modelPack);
    if (!isCalibrated(pack)) {
      throw badInput({
        path: 'modelPack',
        rule: `must be a pack with a similarity scale, which ${pack.id} has not: name one that modelPacks lists as calibrated, or ask whoever runs this server to calibrate it`,
      });
    }
    const modelPackId = pack.id;
    return this.deps.collections.create(scope, {
      name: command.name,
      description: command.description ?? '',
      modelPackId,
      similarityThreshold: command.similarityThreshold ?? null,
      targetFpir: command.targetFpir ?? 0.01,
      qualityFilter: command.qualityFilter ?? 'AUTO',
      retentionDays: command.retentionDays ?? null,
    });
  }

  /** @throws DomainError NOT_FOUND, CONFLICT. */
  async update(scope: TenantScope, id: string, changes: CollectionChanges): Promise<CollectionRecord> {
    if (!isId(id)) throw notFound('collection');
    return this.deps.collections.update(scope, id, changes);
  }

  async find(scope: TenantScope, by: { id?: string | null; name?: string | null }): Promise<CollectionRecord | null> {
    if (by.id) return isId(by.id) ? this.deps.collections.find(scope, { id: by.id }) : null;
    if (by.name) return this.deps.collections.find(scope, { name: by.name });
    throw badInput({ path: 'id', rule: 'or name must be given' });
  }

  list(
    scope: TenantScope,
    filter: CollectionFilter,
    page: PageRequest<CollectionOrderField>,
  ): Promise<Placed<CollectionRecord>[]> {
    return this.deps.collections.list(scope, filter, page);
  }

  /** At most `atMost`. */
  count(scope: TenantScope, filter: CollectionFilter, atMost: number): Promise<number> {
    return this.deps.collections.count(scope, filter, atMost);
  }

  /**
   * Every one of them, in the order asked.
   * @throws DomainError NOT_FOUND when one is absent; MODEL_MISMATCH when they are of different packs.
   */
  async getMany(scope: TenantScope, ids: readonly string[]): Promise<CollectionRecord[]> {
    if (!ids.every(isId)) throw notFound('collection, one of those given');
    const found = new Map((await this.deps.collections.findMany(scope, ids)).map((one) => [one.id, one]));
    return ids.map((id) => {
      const collection = found.get(id);
      if (!collection) throw notFound('collection, one of those given');
      return collection;
    });
  }

  /** @throws DomainError NOT_FOUND. @returns the id of the job that removes what it held. */
  async delete(scope: TenantScope, id: string, requestId: string): Promise<string> {
    const jobId = isId(id) ? await this.deps.collections.beginDeletion(scope, id, requestId) : null;
    if (!jobId) throw notFound('collection');
    return jobId;
  }

  /**
   * A collection's pack as it is served now.
   * @throws DomainError MODEL_MISMATCH when it is not served, is not the same, or has no similarity scale any more.
   */
  getPack({ modelPackId, embeddingDigest }: Pick<CollectionRecord, 'modelPackId' | 'embeddingDigest'>): CalibratedPack {
    const pack = this.deps.packs().find((one) => one.id === modelPackId);
    if (!pack || pack.embeddingDigest !== embeddingDigest) {
      throw new DomainError(
        'MODEL_MISMATCH',
        `This collection's faces were embedded with ${modelPackId}, which this server does not serve at present. ` +
          `Use a collection of a pack that modelPacks lists, or ask whoever runs this server to bring ${modelPackId} back.`,
      );
    }
    if (!isCalibrated(pack)) {
      throw new DomainError(
        'MODEL_MISMATCH',
        `This collection's pack ${modelPackId} has lost its similarity scale, without which faces are neither searched nor verified. ` +
          'Use a collection of a pack that modelPacks lists as calibrated, or ask whoever runs this server to calibrate this one again.',
      );
    }
    return pack;
  }

  findServedPack(id: string): PackDescription | undefined {
    return this.deps.packs().find((pack) => pack.id === id);
  }

  listServedPacks(): readonly PackDescription[] {
    return this.deps.packs();
  }

  /** By `name@version` or bare name (its newest version); the default pack when none is named. @throws DomainError BAD_USER_INPUT. */
  getServedPack(wanted: string | undefined): PackDescription {
    const packs = this.deps.packs();
    const id = wanted ?? this.deps.defaultPackId;
    const versions = packs.filter(({ name }) => name === id).sort((a, b) => newestFirst(a.version, b.version));
    const found = packs.find((pack) => pack.id === id) ?? versions[0];
    if (!found) {
      throw badInput({ path: 'modelPack', rule: `must be one of ${packs.map((pack) => pack.id).join(', ')}` });
    }
    return found;
  }
}
