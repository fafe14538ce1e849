import { roundSimilarity } from '../../domain/rounding';
import type { JobItemRecord, JobRecord } from '../../records/job';

/** A job as the API shows it. */
export function presentJob(job: JobRecord) {
  const { done, unindexed, failed, cancelled, total, requestId: _requestId, ...shown } = job;
  const pending = total - done - failed - cancelled;
  return { ...shown, progress: { done, indexed: done - unindexed, unindexed, failed, cancelled, pending, total } };
}

/** An item as the API shows it. */
export function presentItem({ faces, knownElsewhere: known, ...item }: JobItemRecord) {
  return {
    ...item,
    knownElsewhere: known && { ...known, similarity: roundSimilarity(known.similarity) },
    faceRecords: faces.filter((face) => face.state !== 'UNINDEXED'),
    unindexedFaces: faces.filter((face) => face.state === 'UNINDEXED').map((face) => ({ face, reasons: face.reasons })),
  };
}
