import type { Database } from '../../database';
import type { System } from '../../database/system';
import type { TenantScope } from '../../domain/tenant-scope';
import { WeightedGate } from '../../domain/weighted-gate';
import type { Clock } from '../../ports/clock';
import type { FaceAnalyzer } from '../../ports/face-analyzer';
import type { ImageStore } from '../../ports/image-store';
import type { ScopedJobHandler } from '../../ports/scoped-job';
import type { UrlFetcher } from '../../ports/url-fetcher';
import type { VectorIndex } from '../../ports/vector-index';
import type { CollectionIndex } from '../collection-index/collection-index.service';
import { createDeletionHandler } from '../deletion/deletion.jobs';
import { deletionKind } from '../deletion/deletion.kind';
import { createEnrollmentHandler } from '../enrollment/enrollment.jobs';
import { enrollmentKind } from '../enrollment/enrollment.kind';
import type { DirectUploadService } from '../images/direct-upload.service';
import { createReembeddingHandler } from '../reembedding/reembedding.jobs';
import { reembeddingKind } from '../reembedding/reembedding.kind';
import type { EnrollmentMeter } from '../usage/enrollment-meter.service';
import { JobKinds } from './job-kind';

/** What handlers are made of. */
export interface HandlerParts {
  readonly database: Database;
  readonly system: Pick<System, 'tenants'>;
  readonly index: VectorIndex;
  readonly images: ImageStore;
  readonly urls: UrlFetcher;
  readonly direct: Pick<DirectUploadService, 'receive'>;
  readonly analyzer: FaceAnalyzer;
  readonly clock: Clock;
  readonly collectionIndex: Pick<CollectionIndex, 'buildBeside' | 'catchUp' | 'dropBeside' | 'search'>;
  /** When it resolves, searches see every op of the collection that was committed before the call. */
  readonly catchUpIndex: (scope: TenantScope, collectionId: string) => Promise<void>;
  /** Counts what enrolments recorded. */
  readonly meter: Pick<EnrollmentMeter, 'enrolled'>;
  /** Images in work at once in this process: enough to fill the analyzer's batches. */
  readonly inFlight: number;
  /** How long vectors are kept that searches do not use. */
  readonly keptForMs: number;
  /** A fault that was not understood and became an item's outcome after its last attempt. */
  readonly onItemFault: (error: unknown, place: { readonly jobId: string; readonly itemId: string }) => void;
}

/** Every kind of job of the product: the one place where a kind is added, here and below. */
export const jobKinds = new JobKinds([enrollmentKind, reembeddingKind, deletionKind]);

/** One handler of each kind. */
export function createHandlers(parts: HandlerParts): ScopedJobHandler[] {
  // One gate: an image that kills is found by being alone in the process.
  const shared = { ...parts, gate: new WeightedGate(parts.inFlight) };
  return [createEnrollmentHandler(shared), createReembeddingHandler(shared), createDeletionHandler(parts)];
}
