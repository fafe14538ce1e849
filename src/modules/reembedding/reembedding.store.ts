import type { Database } from '../../database';
import { isUniqueViolation, txOf } from '../../database/sql';
import { DomainError, notFound } from '../../domain/errors';
import { newId } from '../../domain/ids';
import type { TenantScope } from '../../domain/tenant-scope';
import type { JobRecord } from '../../records/job';
import type { ReembeddingRecord } from '../../records/reembedding';
import { findJob } from '../jobs/job-rows.store';
import { conductingMessage, reembeddingKind } from './reembedding.kind';

export interface NewReembedding {
  readonly collectionId: string;
  /** `name@version`. */
  readonly targetPackId: string;
  /** Faces that cannot be embedded may be left out of searches. */
  readonly leavesOut: boolean;
  readonly requestId: string;
  readonly now: Date;
}

interface Row {
  job_id: string;
  collection_id: string;
  source_pack_id: string;
  target_pack_id: string;
  state: ReembeddingRecord['state'];
  started_at: Date;
  ended_at: Date | null;
  kept_until: Date | null;
}

/** Moves of collections to other packs, as those see them who ask for them. */
export class ReembeddingStore {
  constructor(private readonly database: Database) {}

  /**
   * Writes the job.
   * @throws DomainError NOT_FOUND (collection), CONFLICT when it is of that pack, or moves already.
   */
  async create(scope: TenantScope, { collectionId, targetPackId, ...asked }: NewReembedding): Promise<JobRecord> {
    return this.database
      .change(scope, async (change) => {
        const tx = txOf(change);
        const collection = await tx.collection.findFirst({
          where: { id: collectionId, state: 'ACTIVE' },
          select: { modelPackId: true },
        });
        if (!collection) throw notFound('collection');
        const sourcePackId = collection.modelPackId;
        if (sourcePackId === targetPackId) {
          throw new DomainError('CONFLICT', `This collection is of ${targetPackId} already. Name another pack.`);
        }
        const { tenantId } = scope;
        const { leavesOut, requestId, now } = asked;
        const id = newId();
        const kind = reembeddingKind.name;
        // The last of all is the switch, which is no row.
        const job = { id, tenantId, collectionId, kind, requestId, total: 1, createdAt: now, updatedAt: now };
        await tx.job.create({ data: job });
        await tx.reembedding.create({
          data: { jobId: id, tenantId, collectionId, sourcePackId, targetPackId, leavesOut, startedAt: now },
        });
        change.message(conductingMessage({ id, requestId }));
        change.note({ details: { pack: targetPackId } });
        change.event({ type: 'JOB_CREATED', jobId: id, collectionId, payload: { kind, total: 1 } });
        const created = await findJob(tx, id);
        if (!created) throw new Error('create: the job just written is not visible');
        return created;
      })
      .catch((error: unknown) => {
        if (!isUniqueViolation(error)) throw error;
        throw new DomainError(
          'CONFLICT',
          'This collection moves to another pack already: its `reembedding` names the job. Wait for it, or cancel it.',
        );
      });
  }

  /** The last one of each collection, in the order asked; null where it never moved, or nothing of it is kept. */
  async findLatest(scope: TenantScope, collectionIds: readonly string[]): Promise<(ReembeddingRecord | null)[]> {
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<Row[]>`
        SELECT DISTINCT ON (r.collection_id) r.job_id, r.collection_id, r.source_pack_id, r.target_pack_id, r.state,
               r.started_at, r.ended_at, r.kept_until
          FROM reembeddings r WHERE r.collection_id = ANY(${[...collectionIds]}::uuid[])
         ORDER BY r.collection_id, r.started_at DESC, r.job_id DESC`,
    );
    const latest = new Map(rows.map((row) => [row.collection_id, recordOf(row)]));
    return collectionIds.map((id) => latest.get(id) ?? null);
  }

  /** Lets go of the vectors that are kept of earlier packs; they are removed soon. @returns whether there were any. */
  async forget(scope: TenantScope, collectionId: string, now: Date): Promise<boolean> {
    return this.database.change(scope, async (change) => {
      const { count } = await txOf(change).reembedding.updateMany({
        where: { collectionId, state: { not: 'RUNNING' }, keptUntil: { gt: now } },
        data: { keptUntil: now },
      });
      if (count > 0) change.event({ type: 'COLLECTION_UPDATED', collectionId, payload: { changed: ['reembedding'] } });
      return count > 0;
    });
  }
}

function recordOf(row: Row): ReembeddingRecord {
  return {
    jobId: row.job_id,
    collectionId: row.collection_id,
    sourcePackId: row.source_pack_id,
    targetPackId: row.target_pack_id,
    state: row.state,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    keptUntil: row.kept_until,
  };
}
