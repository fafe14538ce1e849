import { setMaxListeners } from 'node:events';
import type { Database } from '../../database';
import { MOST_WINDOWS } from '../../domain/admission';
import { DomainError } from '../../domain/errors';
import { imageKey } from '../../domain/image-keys';
import type { TenantScope } from '../../domain/tenant-scope';
import type { WeightedGate } from '../../domain/weighted-gate';
import type { FaceAnalyzer } from '../../ports/face-analyzer';
import type { ImageStore } from '../../ports/image-store';
import type { JobDelivery } from '../../ports/job-queue';
import type { ScopedJobHandler } from '../../ports/scoped-job';
import type { OutcomeError } from '../../records/job';
import { EnrollmentStore } from '../enrollment/enrollment.store';
import { isTransient, outcomeErrorOf } from '../enrollment/item-worker';
import { CancelWatch } from '../jobs/cancel-watch';
import { isKiller, ItemRuns, type ItemStarts } from '../jobs/item-runs';
import { OutcomeRecorder } from '../jobs/outcome-recorder';
import { FaceReembedder } from './face-reembedder';
import { findPackProblem, ReembeddingConductor, type ConductorDependencies } from './reembedding-conductor';
import type { ClaimedImage, ClaimedImages, ImageOutcome } from './reembedding-shapes';
import { ReembeddingSwitchStore } from './reembedding-switch.store';
import { ReembeddingWorkStore } from './reembedding-work.store';
import { reembeddingKind, reembedImagesJob, type ReembedPayload } from './reembedding.kind';

export interface ReembedImagesDependencies extends ConductorDependencies {
  readonly work: ReembeddingWorkStore;
  readonly starts: ItemStarts & { isCancelRequested(scope: TenantScope, jobId: string): Promise<boolean> };
  readonly images: Pick<ImageStore, 'get'>;
  readonly analyzer: Pick<FaceAnalyzer, 'packs' | 'analyze'>;
  /** A fault that was not understood and became an image's outcome after its last attempt. */
  readonly onError: (error: unknown, place: { readonly jobId: string; readonly itemId: string }) => void;
  /** Images in work at once in this process. */
  readonly inFlight: number;
  /** What they enter, together with images of other jobs. */
  readonly gate: WeightedGate;
}

type Delivery = JobDelivery<ReembedPayload>;
type RangeDelivery = Delivery & { readonly payload: { readonly range: NonNullable<ReembedPayload['range']> } };

/** Embeds stored images in the pack that their collection moves to. Searches go on answering from the pack that it has. */
export class ReembedImagesHandler implements ScopedJobHandler<ReembedPayload> {
  readonly definition = reembedImagesJob;
  /** All that is admitted: what waits takes its turn at the gate. */
  readonly concurrency: number;
  private readonly conductor: ReembeddingConductor;
  private readonly reembedder: FaceReembedder;
  private readonly runs: ItemRuns;

  constructor(private readonly deps: ReembedImagesDependencies) {
    this.conductor = new ReembeddingConductor(deps);
    this.reembedder = new FaceReembedder(deps.analyzer);
    this.runs = new ItemRuns(deps.starts, deps.gate);
    this.concurrency = MOST_WINDOWS * reembeddingKind.window(deps.inFlight);
  }

  async handle(scope: TenantScope, delivery: Delivery): Promise<void> {
    // Every image in flight listens to it: Node's warning of a leak starts at 11.
    setMaxListeners(0, delivery.signal);
    if (isOfRange(delivery)) await this.workOn(scope, delivery);
    else await this.conductor.conduct(scope, delivery.payload.jobId, delivery.signal);
  }

  private async workOn(scope: TenantScope, delivery: RangeDelivery): Promise<void> {
    const { jobId, range } = delivery.payload;
    const { work, clock } = this.deps;
    const claimed = await work.claim(scope, jobId, range.fromOrdinal, range.toOrdinal, clock.now());
    if (claimed.kind === 'NOTHING') return;
    if (claimed.kind === 'PROBLEM') return this.conductor.stop(scope, jobId, claimed.error);
    const problem = findPackProblem(this.deps.analyzer, claimed.work.target);
    if (problem) return this.conductor.stop(scope, jobId, problem);
    const unfinished = await this.workAll(scope, delivery, claimed.work);
    await work.endRange(scope, jobId);
    if (unfinished) throw unfinished;
  }

  /** @returns why images are left without an outcome, if any are. */
  private async workAll(scope: TenantScope, delivery: RangeDelivery, claimed: ClaimedImages): Promise<unknown> {
    const { jobId } = delivery.payload;
    const { collectionId, embeddingDigest } = claimed.target.space;
    const cancel = new CancelWatch(claimed.cancelRequested, this.deps.clock.now(), () =>
      this.deps.starts.isCancelRequested(scope, jobId),
    );
    const recorder = new OutcomeRecorder<ImageOutcome>(async (outcomes) => {
      const now = this.deps.clock.now();
      const recorded = await this.deps.work.record(scope, jobId, { collectionId, embeddingDigest }, outcomes, now);
      cancel.learn(recorded.cancelRequested, now);
      return recorded;
    });
    let unfinished: unknown;
    await this.runs.workAll(scope, {
      items: claimed.items.map((item) => this.runs.withStarts(item)),
      inTurn: (_item, work) => this.deps.gate.run(1, work, scope.tenantId),
      work: async (item, isAlone) => {
        if (delivery.signal.aborted) return false;
        try {
          recorder.add(await this.outcomeOf(scope, delivery, claimed, item, cancel, isAlone));
          return true;
        } catch (error) {
          unfinished ??= error;
          return false;
        }
      },
      settle: () => recorder.settle(),
    });
    if (delivery.signal.aborted) unfinished ??= delivery.signal.reason;
    return unfinished;
  }

  /** @throws what may be better at the next delivery. */
  private async outcomeOf(
    scope: TenantScope,
    delivery: RangeDelivery,
    { target }: ClaimedImages,
    item: ClaimedImage,
    cancel: CancelWatch,
    isAlone: boolean,
  ): Promise<ImageOutcome> {
    const itemId = item.id;
    if (await cancel.isRequested(this.deps.clock.now())) return { kind: 'CANCELLED', itemId };
    if (item.faces.length === 0) return { kind: 'EMBEDDED', itemId, vectors: new Map(), missing: 0 };
    if (isKiller(item)) return { kind: 'FAILED', itemId, error: KILLS };
    try {
      if (isAlone) await this.deps.starts.countStart(scope, itemId);
      const image = await this.load(scope, item.imageId);
      const { faces } = item;
      const { signal } = delivery;
      const request = { packId: target.packId, image, faces, party: scope.tenantId, signal };
      const vectors = await this.reembedder.embed(request);
      return { kind: 'EMBEDDED', itemId, vectors, missing: faces.length - vectors.size };
    } catch (error) {
      // A delivery that was stopped says nothing about its images.
      if (delivery.signal.aborted) throw error;
      if (isTransient(error) && !delivery.isLastAttempt) throw error;
      if (!(error instanceof DomainError)) this.deps.onError(error, { jobId: delivery.payload.jobId, itemId });
      return { kind: 'FAILED', itemId, error: outcomeErrorOf(error) };
    }
  }

  /** @throws DomainError NOT_FOUND when its bytes are not stored any more. */
  private async load(scope: TenantScope, imageId: string): Promise<Uint8Array> {
    try {
      return await this.deps.images.get(imageKey(scope, imageId));
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== 'NOT_FOUND') throw error;
      throw new DomainError('NOT_FOUND', NOT_STORED, { cause: error });
    }
  }
}

/** The handler with stores of its own. */
export function createReembeddingHandler({
  database,
  onItemFault,
  ...parts
}: Omit<ReembedImagesDependencies, 'onError' | 'starts' | 'switches' | 'work'> & {
  readonly database: Database;
  readonly onItemFault: ReembedImagesDependencies['onError'];
}): ReembedImagesHandler {
  return new ReembedImagesHandler({
    ...parts,
    work: new ReembeddingWorkStore(database),
    switches: new ReembeddingSwitchStore(database),
    starts: new EnrollmentStore(database),
    onError: onItemFault,
  });
}

const isOfRange = (delivery: Delivery): delivery is RangeDelivery => delivery.payload.range !== null;

const NOT_STORED =
  'This image is not stored any more, and its faces cannot be embedded in the other pack. Put the image store’s backup back and retry the job, delete the faces, or call reembedCollection with dropFacesWithoutImage: true, which leaves them out of searches.';

const KILLS: OutcomeError = {
  code: 'IMAGE_UNREADABLE',
  message:
    'The process that worked on this image died three times, twice with nothing else in work. Delete its faces, or call reembedCollection with dropFacesWithoutImage: true; please report it, too.',
};
