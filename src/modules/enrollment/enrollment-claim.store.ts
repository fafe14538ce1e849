import type { Change } from '../../database';
import { txOf, type Tx } from '../../database/sql';
import { DomainError } from '../../domain/errors';
import type { QualityFilter } from '../../domain/quality';
import type { TenantScope } from '../../domain/tenant-scope';
import { isFinished, type JobRecord } from '../../records/job';
import { markStarted } from '../jobs/job-rows.store';
import { assertWithinQuota } from '../tenants/quota.store';
import { findByBytes, NOBODY } from './enrollment-images.store';
import { KnownPersons, targetOf, type TargetColumns } from './enrollment-persons.store';
import { placedFacesOfRow, type PlacedFaceRows } from './placed-faces.store';
import type { Claim, ClaimedItem, ClaimedRange, OnAmbiguous, OnKnownElsewhere } from './enrollment-shapes';

interface WorkRow {
  state: JobRecord['state'];
  parameters: {
    maxFaces: number;
    qualityFilter: QualityFilter;
    apiKeyId?: string;
    onKnownElsewhere?: OnKnownElsewhere;
  };
  cancel_requested: boolean;
  collection_id: string;
  collection_state: 'ACTIVE' | 'DELETING' | null;
  pack_id: string;
  embedding_digest: string;
  also_pack_id: string | null;
  also_digest: string | null;
}

interface ItemRow extends TargetColumns {
  id: string;
  ordinal: number;
  upload_id: string | null;
  url: string | null;
  faces: PlacedFaceRows | null;
  on_ambiguous: OnAmbiguous;
  external_image_id: string | null;
  taken_at: Date | null;
  starts: number;
}

/** Marks the range's unfinished items RUNNING, counts their first start, and marks the job IN_PROGRESS. */
export async function claimRange(
  change: Change,
  scope: TenantScope,
  jobId: string,
  from: number,
  to: number,
  now: Date,
): Promise<Claim> {
  const tx = txOf(change);
  const rows = await tx.$queryRaw<WorkRow[]>`
    SELECT j.state::text AS state, j.parameters, j.cancel_requested_at IS NOT NULL AS cancel_requested,
           j.collection_id, c.state::text AS collection_state, m.id AS pack_id, m.embedding_digest,
           also.id AS also_pack_id, also.embedding_digest AS also_digest
      FROM jobs j LEFT JOIN collections c ON c.id = j.collection_id LEFT JOIN model_packs m ON m.id = c.model_pack_id
      LEFT JOIN reembeddings r ON r.collection_id = c.id AND r.state = 'RUNNING'
      LEFT JOIN model_packs also ON also.id = r.target_pack_id
     WHERE j.id = ${jobId}::uuid`;
  const job = rows[0];
  if (!job || isFinished(job.state)) return { kind: 'NOTHING' };
  if (job.collection_state !== 'ACTIVE') {
    const open = await tx.$queryRaw<{ id: string }[]>`
      SELECT id FROM job_items WHERE job_id = ${jobId}::uuid AND ordinal BETWEEN ${from} AND ${to}
         AND state IN ('PENDING', 'RUNNING')`;
    return { kind: 'COLLECTION_GONE', itemIds: open.map((item) => item.id) };
  }
  const items = await tx.$queryRaw<ItemRow[]>`
    UPDATE job_items i SET state = 'RUNNING', starts = GREATEST(i.starts, 1), updated_at = ${now}
      FROM (SELECT id, starts FROM job_items
             WHERE job_id = ${jobId}::uuid AND ordinal BETWEEN ${from} AND ${to}
               AND state IN ('PENDING', 'RUNNING') ORDER BY ordinal FOR UPDATE) old
     WHERE i.id = old.id
    RETURNING i.id, i.ordinal, i.upload_id, i.url, i.external_image_id, i.person_id, i.person_external_id,
              i.person_create, i.faces, i.on_ambiguous::text AS on_ambiguous, i.taken_at, old.starts`;
  items.sort((a, b) => a.ordinal - b.ordinal);
  const range: ClaimedRange = {
    collectionId: job.collection_id,
    packId: job.pack_id,
    embeddingDigest: job.embedding_digest,
    alsoIn: alsoIn(job),
    maxFaces: job.parameters.maxFaces,
    qualityFilter: job.parameters.qualityFilter,
    onKnownElsewhere: job.parameters.onKnownElsewhere ?? 'ALLOW',
    apiKeyId: job.parameters.apiKeyId ?? null,
    cancelRequested: job.cancel_requested,
    items: await claimedItemsOf(tx, job.collection_id, items),
    quotaProblem: await findQuotaProblem(tx, scope),
  };
  await markStarted(change, jobId, now);
  return { kind: 'WORK', range };
}

function alsoIn({ also_pack_id: packId, also_digest: embeddingDigest }: WorkRow): ClaimedRange['alsoIn'] {
  return packId === null || embeddingDigest === null ? null : { packId, embeddingDigest };
}

async function claimedItemsOf(tx: Tx, collectionId: string, rows: readonly ItemRow[]): Promise<ClaimedItem[]> {
  if (rows.length === 0) return [];
  const targets = rows.map(targetOf);
  const persons = await KnownPersons.read(tx, collectionId, targets, false);
  const uploadIds = rows.flatMap((row) => (row.upload_id === null ? [] : [row.upload_id]));
  const uploads = await tx.upload.findMany({
    where: { id: { in: uploadIds } },
    select: { id: true, state: true, purpose: true, bytes: true, sha256: true },
  });
  const uploadById = new Map(
    uploads.map(({ id, state, purpose, bytes, sha256 }) => [
      id,
      { received: state === 'RECEIVED', isForSearch: purpose === 'SEARCH', bytes, sha256 },
    ]),
  );
  const items = rows.map((row, index) => {
    const person = targets[index] ?? null;
    const known = person ? persons.find(person) : null;
    return {
      id: row.id,
      ordinal: row.ordinal,
      source: sourceOf(row),
      upload: uploadById.get(row.upload_id ?? '') ?? null,
      person,
      faces: placedFacesOfRow(row.faces),
      onAmbiguous: row.on_ambiguous,
      subjectId: known ?? (person?.kind === 'CREATE' ? person.personId : null),
      externalImageId: row.external_image_id,
      takenAt: row.taken_at,
      starts: row.starts,
    };
  });
  const duplicates = await findDuplicates(tx, collectionId, items);
  return items.map((item) => ({ ...item, duplicateOf: duplicates.get(item.id) ?? null }));
}

/** Uploads have a checked digest: what is a duplicate by it need not be loaded. @returns images by item. */
async function findDuplicates(
  tx: Tx,
  collectionId: string,
  items: readonly Omit<ClaimedItem, 'duplicateOf'>[],
): Promise<Map<string, string>> {
  const wanted = items.flatMap(({ id, subjectId, person, faces, upload }) =>
    !faces && upload?.received && !upload.isForSearch && upload.sha256 && (subjectId || !person)
      ? [{ id, subjectId: subjectId ?? NOBODY, sha256: upload.sha256 }]
      : [],
  );
  if (wanted.length === 0) return new Map();
  const found = await findByBytes(tx, collectionId, wanted);
  const byKey = new Map(found.map((one) => [`${one.subject_id}/${one.sha256}`, one.id]));
  return new Map(
    wanted.flatMap(({ id, subjectId, sha256 }) => {
      const imageId = byKey.get(`${subjectId}/${Buffer.from(sha256).toString('hex')}`);
      return imageId === undefined ? [] : [[id, imageId]];
    }),
  );
}

function sourceOf(row: ItemRow): ClaimedItem['source'] {
  if (row.url !== null) return { kind: 'URL', url: row.url };
  return row.upload_id === null ? null : { kind: 'UPLOAD', uploadId: row.upload_id };
}

/** What images take is known when they are here: a job that was accepted with room left may come to the limit. */
async function findQuotaProblem(tx: Tx, scope: TenantScope): Promise<DomainError | null> {
  try {
    await assertWithinQuota(tx, scope, { imageBytes: 1 });
    return null;
  } catch (error) {
    if (error instanceof DomainError && error.code === 'QUOTA_EXCEEDED') return error;
    throw error;
  }
}
