import { Prisma, type Tx } from '../../database/sql';
import type { Metric } from '../../domain/calibration';
import { isFinished, type JobState, type OutcomeError } from '../../records/job';
import type { OpenReembedding, Opened } from './reembedding-shapes';

/** What is said of a face that could not be embedded when its collection moved. */
export const NOT_REEMBEDDED = 'NOT_REEMBEDDED';

const COLLECTION_GONE: OutcomeError = {
  code: 'NOT_FOUND',
  message: 'The collection was deleted before it had moved to the other pack.',
};
const FORGOTTEN: OutcomeError = {
  code: 'CONFLICT',
  message: 'What this job had embedded has been removed since. Begin anew with reembedCollection.',
};
const ANOTHER_RUNS: OutcomeError = {
  code: 'CONFLICT',
  message: 'Another job moves this collection to a pack by now. Wait for it, or cancel it and retry this one.',
};

/** A face that searches find, would if its collection had not moved without it, or will once it is out of the trash. Of the alias `f`. */
export const WANTED_FACE = Prisma.sql`
  (f.state IN ('DETECTED', 'INDEXED', 'TRASHED') OR (f.state = 'UNINDEXED' AND f.reasons = ARRAY[${NOT_REEMBEDDED}]::text[]))`;

/** A face that searches find now. Of the alias `f`. */
export const LIVE_FACE = Prisma.sql`f.state IN ('DETECTED', 'INDEXED')`;

/** Whether the face `f` has no vector of these. */
export function lacksVector(embeddingDigest: string): Prisma.Sql {
  return Prisma.sql`NOT EXISTS (
    SELECT 1 FROM face_embeddings e WHERE e.face_id = f.id AND e.embedding_digest = ${embeddingDigest})`;
}

interface FactsRow {
  state: JobState;
  cancel_requested: boolean;
  tenant_id: string;
  collection_id: string | null;
  collection_state: 'ACTIVE' | 'DELETING' | null;
  model_pack_id: string | null;
  reembedding_state: 'RUNNING' | 'SWITCHED' | 'STOPPED' | null;
  source_pack_id: string | null;
  leaves_out: boolean | null;
  other_runs: boolean;
  target_pack_id: string;
  embedding_digest: string;
  dimension: number;
  metric: Metric;
}

/** What a job may go on with, as it is now; one that was retried is at work again. */
export async function openReembedding(tx: Tx, jobId: string): Promise<Opened<OpenReembedding>> {
  const rows = await tx.$queryRaw<FactsRow[]>`
    SELECT j.state::text AS state, j.cancel_requested_at IS NOT NULL AS cancel_requested, j.tenant_id, j.collection_id,
           c.state::text AS collection_state, c.model_pack_id, r.state AS reembedding_state, r.source_pack_id, r.leaves_out,
           EXISTS (SELECT 1 FROM reembeddings o WHERE o.collection_id = j.collection_id AND o.state = 'RUNNING'
                      AND o.job_id <> j.id) AS other_runs,
           m.id AS target_pack_id, m.embedding_digest, m.dimension, m.metric
      FROM jobs j LEFT JOIN collections c ON c.id = j.collection_id LEFT JOIN reembeddings r ON r.job_id = j.id
      LEFT JOIN model_packs m ON m.id = r.target_pack_id
     WHERE j.id = ${jobId}::uuid`;
  const row = rows[0];
  if (!row || isFinished(row.state)) return { kind: 'NOTHING' };
  if (row.collection_state !== 'ACTIVE' || row.collection_id === null)
    return { kind: 'PROBLEM', error: COLLECTION_GONE };
  if (row.reembedding_state === null) return { kind: 'PROBLEM', error: FORGOTTEN };
  if (row.model_pack_id !== row.source_pack_id) return { kind: 'PROBLEM', error: hasMoved(row.model_pack_id) };
  if (row.reembedding_state !== 'RUNNING') {
    if (row.other_runs) return { kind: 'PROBLEM', error: ANOTHER_RUNS };
    await tx.$executeRaw`
      UPDATE reembeddings SET state = 'RUNNING', ended_at = NULL, kept_until = NULL WHERE job_id = ${jobId}::uuid`;
  }
  return {
    kind: 'OPEN',
    work: {
      collectionId: row.collection_id,
      target: {
        packId: row.target_pack_id,
        space: {
          tenantId: row.tenant_id,
          collectionId: row.collection_id,
          embeddingDigest: row.embedding_digest,
          dimension: row.dimension,
          metric: row.metric,
        },
      },
      leavesOut: row.leaves_out ?? false,
      cancelRequested: row.cancel_requested,
    },
  };
}

function hasMoved(packId: string | null): OutcomeError {
  return {
    code: 'CONFLICT',
    message: `The collection has moved to ${packId ?? 'another pack'} meanwhile. Begin anew with reembedCollection.`,
  };
}
