import type { Database } from '../../database';
import { CollectionGone, CollectionMoved, txOf } from '../../database/sql';
import type { TenantScope } from '../../domain/tenant-scope';
import type { JobRecord, OutcomeError } from '../../records/job';
import { lockPersonsOf } from '../faces/face-rows.store';
import type { StartedItem } from '../jobs/item-runs';
import { JOB_COLUMNS, jobEvent, jobRecordOf, settleJob, type JobRow } from '../jobs/job-rows.store';
import { assertWithinQuota, uploadBytesOf } from '../tenants/quota.store';
import { claimRange } from './enrollment-claim.store';
import { createEnrollment } from './enrollment-creation.store';
import { findByBytes, NOBODY, type RecordedRange } from './enrollment-images.store';
import { recordOutcomes } from './enrollment-record.store';
import type { Claim, ItemOutcome, Leftovers, NewEnrollment, RecordResult, ReservedUpload } from './enrollment-shapes';

/** Face ids of one event: keeps a payload in the tens of kilobytes. */
const FACES_PER_EVENT = 500;

/** The record of enrolments. Every method is one transaction; each may run twice and changes nothing the second time. */
export class EnrollmentStore {
  constructor(private readonly database: Database) {}

  /** A job with this token and its digest, to answer a repeated request without work. */
  async findByToken(scope: TenantScope, token: string) {
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<(JobRow & { request_digest: Uint8Array })[]>`
        SELECT ${JOB_COLUMNS}, j.request_digest FROM jobs j
         WHERE j.tenant_id = ${scope.tenantId}::uuid AND j.client_request_token = ${token}`,
    );
    return rows[0] ? { job: jobRecordOf(rows[0]), requestDigest: rows[0].request_digest } : null;
  }

  /** Rows for uploads whose bytes are about to be stored, so that a crash leaves no object without a row. */
  async reserveUploads(scope: TenantScope, uploads: readonly ReservedUpload[]): Promise<void> {
    await this.database.maintain(scope, async (tx) => {
      await assertWithinQuota(tx, scope, { uploadBytes: uploadBytesOf(uploads) });
      await tx.upload.createMany({
        data: uploads.map(({ id, bytes, mime, sha256, expiresAt }) => ({
          id,
          tenantId: scope.tenantId,
          state: 'PENDING' as const,
          bytes,
          mime,
          sha256: new Uint8Array(sha256),
          collectionIds: [...(scope.collectionIds ?? [])],
          expiresAt,
        })),
      });
    });
  }

  /**
   * Writes the job, its items, its messages and its event. Items whose upload is absent, expired or empty are FAILED
   * from the start.
   * @returns null when another request with the same token came first.
   * @throws DomainError NOT_FOUND (collection).
   */
  create(scope: TenantScope, enrollment: NewEnrollment): Promise<JobRecord | null> {
    return this.database.change(scope, (change) => createEnrollment(change, enrollment));
  }

  /** Marks the range's unfinished items RUNNING, counts their first start, and marks the job IN_PROGRESS. */
  claim(scope: TenantScope, jobId: string, from: number, to: number, now: Date): Promise<Claim> {
    return this.database.change(scope, (change) => claimRange(change, scope, jobId, from, to, now));
  }

  /** Counts a start of an item that is about to be worked on alone. */
  async countStart(scope: TenantScope, itemId: string): Promise<void> {
    await this.database.maintain(
      scope,
      (tx) => tx.$executeRaw`UPDATE job_items SET starts = starts + 1 WHERE id = ${itemId}::uuid`,
    );
  }

  /** Takes back the starts of items that this delivery leaves alive: they were no fault of theirs. */
  async takeBackStarts(scope: TenantScope, items: readonly StartedItem[]): Promise<void> {
    await this.database.maintain(
      scope,
      (tx) => tx.$executeRaw`
        UPDATE job_items i SET starts = before.starts
          FROM unnest(${items.map(({ id }) => id)}::uuid[], ${items.map(({ starts }) => starts)}::int[]) AS before(id, starts)
         WHERE i.id = before.id AND i.state = 'RUNNING'`,
    );
  }

  async isCancelRequested(scope: TenantScope, jobId: string): Promise<boolean> {
    const row = await this.database.read(scope, (tx) =>
      tx.job.findUnique({ where: { id: jobId }, select: { cancelRequestedAt: true } }),
    );
    return Boolean(row?.cancelRequestedAt);
  }

  /** The image that these bytes already made for this subject, while it still has a face of theirs. */
  async findDuplicate(
    scope: TenantScope,
    collectionId: string,
    subjectId: string | null,
    sha256: Uint8Array,
  ): Promise<string | null> {
    const wanted = [{ subjectId: subjectId ?? NOBODY, sha256 }];
    const [found] = await this.database.read(scope, (tx) => findByBytes(tx, collectionId, wanted));
    return found?.id ?? null;
  }

  /**
   * Writes images, faces, embeddings, persons, item outcomes, counters, vector ops and events, once an item.
   * @returns null, with nothing written, when the collection went meanwhile; every item `again` when it moved to another pack.
   */
  async record(
    scope: TenantScope,
    jobId: string,
    range: RecordedRange,
    outcomes: readonly ItemOutcome[],
    now: Date,
  ): Promise<RecordResult | null> {
    try {
      return await this.database.change(scope, (change) => recordOutcomes(change, jobId, range, outcomes, now));
    } catch (error) {
      if (error instanceof CollectionGone) return null;
      if (error instanceof CollectionMoved) return nothingHolds(outcomes);
      throw error;
    }
  }

  async listLeftovers(scope: TenantScope, jobId: string, from: number, to: number): Promise<Leftovers> {
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<{ kind: 'UPLOAD' | 'OBJECT' | 'FACE'; id: string }[]>`
        WITH range AS (SELECT id, state, upload_id, has_leftover FROM job_items
                        WHERE job_id = ${jobId}::uuid AND ordinal BETWEEN ${from} AND ${to})
        SELECT 'UPLOAD' AS kind, u.id FROM uploads u
         WHERE u.id IN (SELECT upload_id FROM range WHERE state = 'SUCCEEDED')
           AND NOT EXISTS (SELECT 1 FROM job_items o WHERE o.upload_id = u.id AND o.state <> 'SUCCEEDED')
        UNION ALL
        SELECT 'OBJECT', id FROM range WHERE has_leftover
        UNION ALL
        SELECT 'FACE', f.id FROM range i JOIN faces f ON f.job_item_id = i.id AND f.state = 'DETECTED'`,
    );
    const idsOf = (kind: (typeof rows)[number]['kind']) => rows.flatMap((row) => (row.kind === kind ? [row.id] : []));
    return { uploadIds: idsOf('UPLOAD'), objectIds: idsOf('OBJECT'), faceIds: idsOf('FACE') };
  }

  /**
   * Marks faces INDEXED that a search can meet now, and items whose objects are removed; finishes the job when nothing of
   * it is left to do.
   */
  async finish(
    scope: TenantScope,
    jobId: string,
    { faceIds, objectIds }: Pick<Leftovers, 'faceIds' | 'objectIds'>,
    now: Date,
  ): Promise<void> {
    await this.database.change(scope, async (change) => {
      const tx = txOf(change);
      if (objectIds.length > 0) {
        await tx.$executeRaw`
          UPDATE job_items SET has_leftover = false
           WHERE id IN (SELECT id FROM job_items WHERE id = ANY(${[...objectIds]}::uuid[]) ORDER BY ordinal FOR UPDATE)`;
      }
      await lockPersonsOf(tx, faceIds);
      const indexed = await tx.$queryRaw<{ id: string; collection_id: string }[]>`
        UPDATE faces SET state = 'INDEXED'
         WHERE id IN (SELECT id FROM faces WHERE id = ANY(${[...faceIds]}::uuid[]) AND state = 'DETECTED'
                       ORDER BY id FOR UPDATE)
        RETURNING id, collection_id`;
      for (let start = 0; start < indexed.length; start += FACES_PER_EVENT) {
        const part = indexed.slice(start, start + FACES_PER_EVENT);
        change.event({
          type: 'FACES_INDEXED',
          jobId,
          collectionId: part[0]!.collection_id,
          payload: { faceIds: part.map((face) => face.id) },
        });
      }
      await settleJob(change, jobId, now);
    });
  }

  /** Ends a job that cannot do its work: unfinished items fail with the same reason. */
  async fail(scope: TenantScope, jobId: string, error: OutcomeError, now: Date): Promise<void> {
    await this.database.change(scope, async (change) => {
      const tx = txOf(change);
      const failed = await tx.$executeRaw`
        UPDATE job_items SET state = 'FAILED', error_code = ${error.code}, error_message = ${error.message},
               updated_at = ${now}
         WHERE id IN (SELECT id FROM job_items WHERE job_id = ${jobId}::uuid AND state IN ('PENDING', 'RUNNING')
                       ORDER BY ordinal FOR UPDATE)`;
      const rows = await tx.$queryRaw<JobRow[]>`
        UPDATE jobs j SET state = 'FAILED', failed = j.failed + ${failed}, error_code = ${error.code},
               error_message = ${error.message}, finished_at = ${now}, last_event_at = ${now}, updated_at = ${now}
         WHERE j.id = ${jobId}::uuid AND j.state IN ('QUEUED', 'IN_PROGRESS') RETURNING ${JOB_COLUMNS}`;
      const job = rows[0];
      if (!job) return;
      change.forgetMessages(jobId);
      change.event(jobEvent('JOB_FAILED', job));
    });
  }
}

/** They were analysed by a pack that the collection is not of any more. */
function nothingHolds(outcomes: readonly ItemOutcome[]): RecordResult {
  const again = outcomes.map(({ itemId }) => itemId);
  return { again, orphans: [], work: { faces: 0, images: 0, storedBytes: 0 }, cancelRequested: false };
}
