import { setMaxListeners } from 'node:events';
import type { Database } from '../../database';
import { MOST_WINDOWS } from '../../domain/admission';
import { DomainError } from '../../domain/errors';
import { imageKey, uploadKey } from '../../domain/image-keys';
import type { TenantScope } from '../../domain/tenant-scope';
import { SharedGate, WeightedGate } from '../../domain/weighted-gate';
import type { Clock } from '../../ports/clock';
import type { FaceAnalyzer } from '../../ports/face-analyzer';
import type { JobDelivery } from '../../ports/job-queue';
import type { ScopedJobHandler } from '../../ports/scoped-job';
import type { OutcomeError } from '../../records/job';
import { AuditStore } from '../audit/audit.store';
import { CollectionService } from '../collections/collection.service';
import { CollectionStore } from '../collections/collection.store';
import { FaceStore } from '../faces/face.store';
import { GroupingStore } from '../grouping/grouping.store';
import { PersonStore } from '../persons/person.store';
import { MAX_IMAGE_BYTES } from '../images/image-loader.service';
import { UploadStore } from '../images/upload.store';
import type { EnrollmentMeter } from '../usage/enrollment-meter.service';
import { isKiller, ItemRuns } from '../jobs/item-runs';
import { CancelWatch } from '../jobs/cancel-watch';
import { type ClaimedItem, type ClaimedRange, type ItemOutcome, type Leftovers } from './enrollment-shapes';
import { enrollImagesJob, enrollmentKind, type EnrollImagesPayload } from './enrollment.kind';
import { EnrollmentStore } from './enrollment.store';
import { ItemWorker, isTransient, outcomeErrorOf, type ItemWorkerDependencies } from './item-worker';
import { KnownElsewhere, KnownElsewhereError, type KnownElsewhereDependencies } from './known-elsewhere';
import { OutcomeRecorder } from '../jobs/outcome-recorder';

export interface EnrollImagesDependencies extends ItemWorkerDependencies {
  readonly enrollments: EnrollmentStore;
  readonly analyzer: Pick<FaceAnalyzer, 'packs' | 'analyze'>;
  readonly uploads: Pick<UploadStore, 'remove'>;
  /** When it resolves, searches see every op of the collection that was committed before the call. */
  readonly catchUpIndex: (scope: TenantScope, collectionId: string) => Promise<void>;
  readonly clock: Clock;
  /** Counts what was recorded. */
  readonly meter: Pick<EnrollmentMeter, 'enrolled'>;
  /** A fault that was not understood and became an item's outcome after its last attempt. */
  readonly onError: (error: unknown, place: { readonly jobId: string; readonly itemId: string }) => void;
  /** Images in work at once in this process: enough to fill the analyzer's batches. */
  readonly inFlight: number;
  /** What they enter, together with images of other jobs. @default one of its own */
  readonly gate?: WeightedGate;
}

/** Encoded bytes of the images in work at once in this process. */
const MAX_BYTES_IN_FLIGHT = 256 * 1024 * 1024;

type Delivery = JobDelivery<EnrollImagesPayload>;

/**
 * Each step is in the record before the next one begins, and what a step needs is read from the record: a delivery that
 * dies between any two is continued by the next one, whoever gets it.
 */
export class EnrollImagesHandler implements ScopedJobHandler<EnrollImagesPayload> {
  readonly definition = enrollImagesJob;
  /** All that is admitted: a message may hold one image, and what waits takes its turn at the gates below. */
  readonly concurrency: number;
  private readonly worker: ItemWorker;
  private readonly images: WeightedGate;
  private readonly runs: ItemRuns;
  private readonly bytes = new SharedGate(MAX_BYTES_IN_FLIGHT);

  constructor(private readonly deps: EnrollImagesDependencies) {
    this.worker = new ItemWorker(deps);
    this.images = deps.gate ?? new WeightedGate(deps.inFlight);
    this.runs = new ItemRuns(deps.enrollments, this.images);
    this.concurrency = MOST_WINDOWS * enrollmentKind.window(deps.inFlight);
  }

  async handle(scope: TenantScope, delivery: Delivery): Promise<void> {
    const { jobId, fromOrdinal, toOrdinal } = delivery.payload;
    // Every image in flight listens to it: Node's warning of a leak starts at 11.
    setMaxListeners(0, delivery.signal);
    const { enrollments, clock } = this.deps;
    const claimedAt = clock.now();
    const claim = await enrollments.claim(scope, jobId, fromOrdinal, toOrdinal, claimedAt);
    if (claim.kind === 'NOTHING') return;
    if (claim.kind === 'COLLECTION_GONE') return this.giveUp(scope, jobId, claim.itemIds, COLLECTION_GONE);
    const range = { ...claim.range, items: claim.range.items.map((item) => this.runs.withStarts(item)) };
    const itemIds = range.items.map((item) => item.id);
    const problem = this.findPackProblem(range) ?? (range.quotaProblem && outcomeErrorOf(range.quotaProblem));
    if (problem) return this.giveUp(scope, jobId, itemIds, problem);

    const cancel = new CancelWatch(range.cancelRequested, claimedAt, () => enrollments.isCancelRequested(scope, jobId));
    const { collectionGone, unfinished } = await this.workAll(scope, delivery, range, cancel);
    if (collectionGone) return this.giveUp(scope, jobId, itemIds, COLLECTION_GONE);
    const leftovers = await enrollments.listLeftovers(scope, jobId, fromOrdinal, toOrdinal);
    await this.tidy(scope, leftovers);
    if (leftovers.faceIds.length > 0) await this.deps.catchUpIndex(scope, range.collectionId);
    await enrollments.finish(scope, jobId, leftovers, clock.now());
    if (unfinished) throw unfinished;
  }

  /** @returns why items are left without an outcome, if any are. */
  private async workAll(
    scope: TenantScope,
    delivery: Delivery,
    range: ClaimedRange,
    cancel: CancelWatch,
  ): Promise<{ collectionGone: boolean; unfinished: unknown }> {
    const { jobId } = delivery.payload;
    const recorder = new OutcomeRecorder<ItemOutcome>(async (outcomes) => {
      const now = this.deps.clock.now();
      const result = await this.deps.enrollments.record(scope, jobId, range, outcomes, now);
      if (!result) return null;
      this.deps.meter.enrolled(scope, range.apiKeyId, result.work);
      cancel.learn(result.cancelRequested, now);
      await this.removeObjects(scope, result.orphans);
      return result;
    });
    let unfinished: unknown;
    await this.runs.workAll(scope, {
      items: range.items,
      inTurn: (item, work) => this.inTurn(scope, item, work),
      work: async (item, isAlone) => {
        if (recorder.collectionGone || delivery.signal.aborted) return false;
        try {
          recorder.add(await this.outcomeOf(scope, delivery, range, item, cancel, isAlone));
          return true;
        } catch (error) {
          unfinished ??= error;
          return false;
        }
      },
      settle: () => recorder.settle(),
    });
    if (delivery.signal.aborted) unfinished ??= delivery.signal.reason;
    if (recorder.again.length > 0)
      unfinished ??= new Error('What these images were recorded with has changed meanwhile');
    return { collectionGone: recorder.collectionGone, unfinished };
  }

  /**
   * Begins items in their order, tenants in turns, as many at once as threads can use and memory should hold. What has to be
   * fetched from an address takes a place among the images only when it is here.
   */
  private inTurn(scope: TenantScope, item: ClaimedItem, work: () => Promise<void>): Promise<void> {
    const bytes = item.upload?.bytes ?? MAX_IMAGE_BYTES;
    return this.bytes.run(scope.tenantId, bytes, () =>
      item.source?.kind === 'URL' ? work() : this.asImage(scope, work),
    );
  }

  private asImage<T>(scope: TenantScope, work: () => Promise<T>): Promise<T> {
    return this.images.run(1, work, scope.tenantId);
  }

  /** @throws what may be better at the next delivery. */
  private async outcomeOf(
    scope: TenantScope,
    delivery: Delivery,
    range: ClaimedRange,
    item: ClaimedItem,
    cancel: CancelWatch,
    isAlone: boolean,
  ): Promise<ItemOutcome> {
    if (await cancel.isRequested(this.deps.clock.now())) return { kind: 'CANCELLED', itemId: item.id };
    if (item.duplicateOf) return { kind: 'DUPLICATE', itemId: item.id, imageId: item.duplicateOf };
    if (isKiller(item)) return { kind: 'FAILED', itemId: item.id, error: KILLS };
    try {
      if (isAlone) await this.deps.enrollments.countStart(scope, item.id);
      return await this.worker.work(scope, range, item, delivery.signal, (work) =>
        isAlone ? work() : this.asImage(scope, work),
      );
    } catch (error) {
      // A delivery that was stopped says nothing about its items.
      if (delivery.signal.aborted) throw error;
      if (isTransient(error) && !delivery.isLastAttempt) throw error;
      if (!(error instanceof DomainError)) this.deps.onError(error, { jobId: delivery.payload.jobId, itemId: item.id });
      const known = error instanceof KnownElsewhereError ? { known: error.known } : {};
      return { kind: 'FAILED', itemId: item.id, error: outcomeErrorOf(error), ...known };
    }
  }

  private findPackProblem(range: ClaimedRange): OutcomeError | null {
    const pack = this.deps.analyzer.packs().find((one) => one.id === range.packId);
    if (pack?.embeddingDigest === range.embeddingDigest) return null;
    return {
      code: 'MODEL_MISMATCH',
      message: `This collection's faces are embedded with ${range.packId}, which this server does not serve at present. Retry the job when modelPacks lists it again (ask whoever runs this server), or use a collection of another pack.`,
    };
  }

  /** Originals carry metadata and are not kept; nor is the stored image of an item that has none in the end. */
  private async tidy(scope: TenantScope, { objectIds, uploadIds }: Leftovers): Promise<void> {
    await this.removeObjects(scope, objectIds);
    await Promise.all(uploadIds.map((id) => this.deps.images.delete(uploadKey(scope, id))));
    // At once: while the row is there, a second PUT that was slow does not know that its bytes are not wanted any more.
    if (uploadIds.length > 0) await this.deps.uploads.remove(scope, uploadIds);
  }

  private async removeObjects(scope: TenantScope, itemIds: readonly string[]): Promise<void> {
    await Promise.all(itemIds.map((id) => this.deps.images.delete(imageKey(scope, id))));
  }

  /** The job cannot do its work at all. Objects go first: once the job is finished nobody comes back for them. */
  private async giveUp(
    scope: TenantScope,
    jobId: string,
    itemIds: readonly string[],
    error: OutcomeError,
  ): Promise<void> {
    await this.removeObjects(scope, itemIds);
    await this.deps.enrollments.fail(scope, jobId, error, this.deps.clock.now());
  }
}

/** The handler with stores of its own. */
export function createEnrollmentHandler({
  database,
  onItemFault,
  collectionIndex,
  ...parts
}: Omit<EnrollImagesDependencies, 'audit' | 'enrollments' | 'onError' | 'uploads' | 'knownElsewhere'> & {
  readonly database: Database;
  readonly onItemFault: EnrollImagesDependencies['onError'];
  readonly collectionIndex: KnownElsewhereDependencies['collectionIndex'];
}): EnrollImagesHandler {
  const { images, urls, direct, analyzer, catchUpIndex, clock, meter, inFlight, gate } = parts;
  return new EnrollImagesHandler({
    enrollments: new EnrollmentStore(database),
    uploads: new UploadStore(database),
    knownElsewhere: new KnownElsewhere({
      collections: new CollectionService({
        collections: new CollectionStore(database),
        packs: () => analyzer.packs(),
        defaultPackId: analyzer.packs()[0]?.id ?? '',
      }),
      collectionIndex,
      faces: new FaceStore(database),
      groupings: new GroupingStore(database),
      persons: new PersonStore(database),
    }),
    audit: new AuditStore(database),
    images,
    urls,
    direct,
    analyzer,
    catchUpIndex,
    clock,
    meter,
    inFlight,
    gate,
    onError: onItemFault,
  });
}

const KILLS: OutcomeError = {
  code: 'IMAGE_UNREADABLE',
  message:
    'The process that worked on this image died three times, twice with nothing else in work. Open the image in an editor, save it again and enrol that; please report it, too.',
};

const COLLECTION_GONE: OutcomeError = {
  code: 'NOT_FOUND',
  message: 'The collection was deleted before this job had finished.',
};
