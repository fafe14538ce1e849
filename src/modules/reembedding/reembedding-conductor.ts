import type { TenantScope } from '../../domain/tenant-scope';
import type { Clock } from '../../ports/clock';
import type { FaceAnalyzer } from '../../ports/face-analyzer';
import type { OutcomeError } from '../../records/job';
import type { CollectionIndex } from '../collection-index/collection-index.service';
import type { OpenReembedding, SwitchOutcome, TargetPack } from './reembedding-shapes';
import type { ReembeddingSwitchStore } from './reembedding-switch.store';

export interface ConductorDependencies {
  readonly switches: ReembeddingSwitchStore;
  readonly analyzer: Pick<FaceAnalyzer, 'packs'>;
  readonly collectionIndex: Pick<CollectionIndex, 'buildBeside' | 'catchUp' | 'dropBeside'>;
  readonly clock: Clock;
  /** How long vectors are kept that searches do not use. */
  readonly keptForMs: number;
}

/** Images that one transaction makes work of. */
const PAGE = 1_000;

/**
 * Sees a move to its end: makes work of all images whose faces are not in the target yet and, when there are none, builds the
 * index of the target beside the one that searches use, and switches. Begins with what is on record, so that it may run twice.
 */
export class ReembeddingConductor {
  constructor(private readonly deps: ConductorDependencies) {}

  async conduct(scope: TenantScope, jobId: string, signal: AbortSignal): Promise<void> {
    const opened = await this.deps.switches.open(scope, jobId, this.deps.clock.now());
    if (opened.kind === 'NOTHING') return;
    if (opened.kind === 'PROBLEM') return this.stop(scope, jobId, opened.error);
    const { work } = opened;
    if (work.cancelRequested) return this.stop(scope, jobId, null);
    const problem = findPackProblem(this.deps.analyzer, work.target);
    if (problem) return this.stop(scope, jobId, problem);
    do {
      await this.planAll(scope, jobId, work, signal);
      const { isOpen, faces, images } = await this.deps.switches.survey(scope, jobId, work);
      // Whoever ends the last of them comes here again.
      if (isOpen) return;
      if (faces > 0 && !work.leavesOut) return this.stop(scope, jobId, couldNotEmbed(faces, images));
      signal.throwIfAborted();
    } while ((await this.switchOver(scope, jobId, work)) === 'AGAIN');
  }

  /** @param error null: it was cancelled. */
  async stop(scope: TenantScope, jobId: string, error: OutcomeError | null): Promise<void> {
    const now = this.deps.clock.now();
    await this.deps.switches.stop(scope, jobId, error, now, this.keptUntil(now));
  }

  private async planAll(scope: TenantScope, jobId: string, work: OpenReembedding, signal: AbortSignal): Promise<void> {
    for (let after: string | null = null; ;) {
      signal.throwIfAborted();
      after = await this.deps.switches.plan(scope, jobId, work, after, PAGE);
      if (after === null) return;
    }
  }

  private async switchOver(scope: TenantScope, jobId: string, work: OpenReembedding): Promise<SwitchOutcome> {
    const { collectionIndex, switches } = this.deps;
    const outcome = await collectionIndex.buildBeside(scope, work.target.space, () => {
      const now = this.deps.clock.now();
      return switches.switchOver(scope, jobId, now, this.keptUntil(now));
    });
    // A face that is deleted from now on would stay in an index that nobody follows.
    if (outcome === 'CANCELLED' || outcome === 'ENDED') await collectionIndex.dropBeside(scope, work.target.space);
    if (outcome === 'CANCELLED') await this.stop(scope, jobId, null);
    // What was committed between the building and the switch; searches would do it, too.
    if (outcome === 'SWITCHED') await collectionIndex.catchUp(scope, work.collectionId);
    return outcome ?? 'ENDED';
  }

  private keptUntil(now: Date): Date {
    return new Date(now.getTime() + this.deps.keptForMs);
  }
}

/** Why a pack cannot be embedded with now; null when it can. */
export function findPackProblem(
  analyzer: Pick<FaceAnalyzer, 'packs'>,
  { packId, space }: TargetPack,
): OutcomeError | null {
  const pack = analyzer.packs().find((one) => one.id === packId);
  if (pack?.embeddingDigest === space.embeddingDigest && pack.calibration !== null) return null;
  return {
    code: 'MODEL_MISMATCH',
    message: `The collection moves to ${packId}, which this server does not serve at present. Call reembedCollection again when modelPacks lists it as calibrated (ask whoever runs this server), or with another pack.`,
  };
}

function couldNotEmbed(faces: number, images: number): OutcomeError {
  return {
    code: 'CONFLICT',
    message: `${faces} faces of ${images} images could not be embedded, and the collection stays with its pack: the items that FAILED say why. Put their images back and retry the job, delete the faces, or call reembedCollection with dropFacesWithoutImage: true, which leaves them out of searches.`,
  };
}
