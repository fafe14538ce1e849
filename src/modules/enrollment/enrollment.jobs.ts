import { setMaxListeners } from 'node:events';
import { z } from 'zod';
import { DomainError } from '../../domain/errors';
import type { TenantScope } from '../../domain/tenant-scope';
import type { Clock } from '../../ports/clock';
import type { ClaimedItem, ClaimedRange, EnrollmentRepository, ItemOutcome } from '../../ports/enrollment-repository';
import type { JobDefinition, JobDelivery } from '../../ports/job-queue';
import type { OutcomeError } from '../../ports/job-repository';
import type { ScopedJobHandler } from '../../ports/scoped-job';
import type { UploadRepository } from '../../ports/upload-repository';
import {
  imageKey,
  isTransient,
  ItemWorker,
  outcomeErrorOf,
  uploadKey,
  type ItemWorkerDependencies,
} from './item-worker';
import { OutcomeRecorder } from './outcome-recorder';
import { Slots } from './slots';

const payloadSchema = z.object({
  jobId: z.uuid(),
  requestId: z.string(),
  /** First and last item of the range, both in it. */
  fromOrdinal: z.int().min(0),
  toOrdinal: z.int().min(0),
});
export type EnrollImagesPayload = z.output<typeof payloadSchema>;

/** Works on up to 32 items of an enrolment: analysed, recorded, indexed. Several run at once so that the analyzer never waits for the database. */
export const enrollImagesJob: JobDefinition<EnrollImagesPayload> = {
  name: 'enroll-images',
  queue: 'enrollments',
  schema: payloadSchema,
  options: { attempts: 8, backoffMs: 500, concurrency: 3 },
};

export interface EnrollImagesDependencies extends ItemWorkerDependencies {
  readonly enrollments: EnrollmentRepository;
  readonly uploads: Pick<UploadRepository, 'remove'>;
  /** When it resolves, searches see every op of the collection that was committed before the call. */
  readonly syncVectors: (scope: TenantScope, collectionId: string) => Promise<void>;
  /** Tells subscribers that events were committed. */
  readonly notify: (scope: TenantScope) => void;
  readonly clock: Clock;
  /** A fault that was not understood and became an item's outcome after its last attempt. */
  readonly onError: (error: unknown, place: { readonly jobId: string; readonly itemId: string }) => void;
  /** Pictures in work at once in this process: enough to fill the analyzer's batches. @default 16 */
  readonly inFlight?: number;
}

const CANCEL_CHECK_MS = 250;

type Delivery = JobDelivery<EnrollImagesPayload>;

/**
 * Each step is in the record before the next one begins, and what a step needs is read from the record: a delivery that
 * dies between any two is continued by the next one, whoever gets it.
 */
export class EnrollImagesHandler implements ScopedJobHandler<EnrollImagesPayload> {
  readonly definition = enrollImagesJob;
  private readonly worker: ItemWorker;
  private readonly slots: Slots;

  constructor(private readonly deps: EnrollImagesDependencies) {
    this.worker = new ItemWorker(deps);
    this.slots = new Slots(deps.inFlight ?? 16);
  }

  async handle(scope: TenantScope, delivery: Delivery): Promise<void> {
    const { jobId, fromOrdinal, toOrdinal } = delivery.payload;
    // Every picture in flight listens to it: Node's warning of a leak starts at 11.
    setMaxListeners(0, delivery.signal);
    const { enrollments, clock } = this.deps;
    const claim = await enrollments.claim(scope, jobId, fromOrdinal, toOrdinal, clock.now());
    if (claim.kind === 'NOTHING') return;
    if (claim.kind === 'COLLECTION_GONE') return this.giveUp(scope, jobId, claim.itemIds, COLLECTION_GONE);
    this.deps.notify(scope);
    const { range } = claim;
    const itemIds = range.items.map((item) => item.id);
    const mismatch = this.findPackProblem(range);
    if (mismatch) return this.giveUp(scope, jobId, itemIds, mismatch);

    const { collectionGone, unfinished } = await this.workAll(scope, delivery, range);
    if (collectionGone) return this.giveUp(scope, jobId, itemIds, COLLECTION_GONE);
    await this.tidy(scope, delivery);
    const faceIds = await enrollments.listDetected(scope, jobId, fromOrdinal, toOrdinal);
    if (faceIds.length > 0) await this.deps.syncVectors(scope, range.collectionId);
    await enrollments.finish(scope, jobId, faceIds, clock.now());
    this.deps.notify(scope);
    if (unfinished) throw unfinished;
  }

  /** @returns why items are left without an outcome, if any are. */
  private async workAll(
    scope: TenantScope,
    delivery: Delivery,
    range: ClaimedRange,
  ): Promise<{ collectionGone: boolean; unfinished: unknown }> {
    const { jobId } = delivery.payload;
    const recorder = new OutcomeRecorder(async (outcomes) => {
      const result = await this.deps.enrollments.record(scope, jobId, range, outcomes, this.deps.clock.now());
      this.deps.notify(scope);
      return result;
    }, this.deps.clock);
    const known = await this.findKnownDuplicates(scope, range);
    const isCancelled = this.cancelCheck(scope, jobId, range.cancelRequested);
    let unfinished: unknown;
    await Promise.all(
      range.items.map((item) =>
        this.slots.run(async () => {
          if (recorder.collectionGone || delivery.signal.aborted) return;
          try {
            const outcome = await this.outcomeOf(scope, delivery, range, item, known, isCancelled);
            recorder.add(outcome);
          } catch (error) {
            unfinished ??= error;
          }
        }),
      ),
    );
    await recorder.close();
    if (delivery.signal.aborted) unfinished ??= delivery.signal.reason;
    if (recorder.again.length > 0) unfinished ??= new Error('A picture went while its duplicate was enrolled');
    return { collectionGone: recorder.collectionGone, unfinished };
  }

  /** @throws what may be better at the next delivery. */
  private async outcomeOf(
    scope: TenantScope,
    delivery: Delivery,
    range: ClaimedRange,
    item: ClaimedItem,
    known: ReadonlyMap<string, string>,
    isCancelled: () => Promise<boolean>,
  ): Promise<ItemOutcome> {
    if (await isCancelled()) return { kind: 'CANCELLED', itemId: item.id };
    const imageId = known.get(item.id);
    if (imageId) return { kind: 'DUPLICATE', itemId: item.id, imageId };
    try {
      return await this.worker.work(scope, range, item, delivery.signal);
    } catch (error) {
      // A delivery that was stopped says nothing about its items.
      if (delivery.signal.aborted) throw error;
      if (isTransient(error) && !delivery.isLastAttempt) throw error;
      if (!(error instanceof DomainError)) this.deps.onError(error, { jobId: delivery.payload.jobId, itemId: item.id });
      return { kind: 'FAILED', itemId: item.id, error: outcomeErrorOf(error) };
    }
  }

  /** Uploads have a checked digest: what is a duplicate by it need not be loaded. */
  private findKnownDuplicates(scope: TenantScope, range: ClaimedRange): Promise<Map<string, string>> {
    const pictures = range.items.flatMap(({ id, subjectId, person, upload }) =>
      upload?.received && upload.sha256 && (subjectId || !person)
        ? [{ itemId: id, subjectId, sha256: upload.sha256 }]
        : [],
    );
    return this.deps.enrollments.findDuplicates(scope, range.collectionId, pictures);
  }

  /** The wish to cancel lies in the job's row, where every process sees it. */
  private cancelCheck(scope: TenantScope, jobId: string, requested: boolean): () => Promise<boolean> {
    let cancelled = Promise.resolve(requested);
    let checkedAt = this.deps.clock.now().getTime();
    return async () => {
      const now = this.deps.clock.now().getTime();
      if (!(await cancelled) && now - checkedAt >= CANCEL_CHECK_MS) {
        checkedAt = now;
        cancelled = this.deps.enrollments.isCancelRequested(scope, jobId);
      }
      return cancelled;
    };
  }

  private findPackProblem(range: ClaimedRange): OutcomeError | null {
    const pack = this.deps.analyzer.packs().find((one) => one.id === range.packId);
    if (pack?.embeddingDigest === range.embeddingDigest) return null;
    return {
      code: 'MODEL_MISMATCH',
      message: `This collection's faces are embedded with ${range.packId}, which this server does not serve. Enable that exact pack (LIKENESS_PACKS), then retry the job.`,
    };
  }

  /** Originals carry metadata and are not kept; nor is the stored picture of an item that has none in the end. */
  private async tidy(scope: TenantScope, { payload }: Delivery): Promise<void> {
    const { jobId, fromOrdinal, toOrdinal } = payload;
    const leftovers = await this.deps.enrollments.listLeftovers(scope, jobId, fromOrdinal, toOrdinal);
    await Promise.all([
      ...leftovers.objectIds.map((id) => this.deps.images.delete(imageKey(scope, id))),
      ...leftovers.uploadIds.map((id) => this.deps.images.delete(uploadKey(scope, id))),
    ]);
    if (leftovers.uploadIds.length > 0) await this.deps.uploads.remove(scope, leftovers.uploadIds);
  }

  /** The job cannot do its work at all. Objects go first: once the job is finished nobody comes back for them. */
  private async giveUp(
    scope: TenantScope,
    jobId: string,
    itemIds: readonly string[],
    error: OutcomeError,
  ): Promise<void> {
    for (const id of itemIds) await this.deps.images.delete(imageKey(scope, id));
    await this.deps.enrollments.fail(scope, jobId, error, this.deps.clock.now());
    this.deps.notify(scope);
  }
}

const COLLECTION_GONE: OutcomeError = {
  code: 'NOT_FOUND',
  message: 'The collection was deleted before this job had finished.',
};
