import type { Change } from '../../database';
import { type Tx, txOf } from '../../database/sql';
import { notFound } from '../../domain/errors';
import { newId } from '../../domain/ids';
import type { TenantScope } from '../../domain/tenant-scope';
import type { JobRecord, OutcomeError } from '../../records/job';
import { findJob, settleJob } from '../jobs/job-rows.store';
import { assertWithinQuota } from '../tenants/quota.store';
import { columnsOfTarget, KnownPersons } from './enrollment-persons.store';
import { columnsOfFaces } from './placed-faces.store';
import { FOR_SEARCH_ONLY, type NewEnrollment, type NewEnrollmentItem } from './enrollment-shapes';
import { enrollmentKind, messagesForItems } from './enrollment.kind';

const ABSENT: OutcomeError = {
  code: 'NOT_FOUND',
  message: 'No such upload. It may have expired or been enrolled already; make a new one with createUploads.',
};
const EXPIRED: OutcomeError = {
  code: 'UPLOAD_EXPIRED',
  message: 'This upload has expired. Make a new one with createUploads and send the image again.',
};
const FOR_SEARCH: OutcomeError = { code: 'FORBIDDEN', message: FOR_SEARCH_ONLY };
const EMPTY: OutcomeError = {
  code: 'CONFLICT',
  message: 'No image has been sent to this upload yet. PUT its bytes to its url, then retry the job.',
};

/** The transaction that accepts an enrolment. @returns null when another request with the same token came first. */
export async function createEnrollment(change: Change, enrollment: NewEnrollment): Promise<JobRecord | null> {
  const { scope } = change;
  const tx = txOf(change);
  const collection = await tx.collection.findFirst({
    where: { id: enrollment.collectionId, state: 'ACTIVE' },
    select: { qualityFilter: true },
  });
  if (!collection) throw notFound('collection');
  const jobId = newId();
  const parameters = {
    maxFaces: enrollment.maxFaces,
    qualityFilter: enrollment.qualityFilter ?? collection.qualityFilter,
    onKnownElsewhere: enrollment.onKnownElsewhere,
    ...(enrollment.apiKeyId === null ? {} : { apiKeyId: enrollment.apiKeyId }),
  };
  const inserted = await tx.$executeRaw`
    INSERT INTO jobs (id, tenant_id, collection_id, kind, client_request_token, request_digest, request_id, parameters,
                      total, created_at, updated_at)
    VALUES (${jobId}::uuid, ${scope.tenantId}::uuid, ${enrollment.collectionId}::uuid, ${enrollmentKind.name},
            ${enrollment.clientRequestToken}, decode(${Buffer.from(enrollment.requestDigest).toString('hex')}, 'hex'),
            ${enrollment.requestId}, ${JSON.stringify(parameters)}::jsonb, ${enrollment.items.length},
            ${enrollment.now}, ${enrollment.now})
    ON CONFLICT (tenant_id, client_request_token) DO NOTHING`;
  if (inserted === 0) return null;
  const persons = await countNewPersons(tx, enrollment);
  const imageBytes = await countBytes(tx, enrollment);
  const faces = enrollment.items.reduce((sum, item) => sum + (item.faces?.length ?? 1), 0);
  await assertWithinQuota(tx, scope, { faces, persons, imageBytes });
  await tx.upload.updateMany({
    where: { id: { in: [...enrollment.reservedUploadIds] } },
    data: { state: 'RECEIVED' },
  });
  const errors = await findSourceErrors(tx, enrollment);
  await insertItems(tx, scope, jobId, enrollment.items, errors);
  const pending = enrollment.items.flatMap((_, ordinal) => (errors.has(ordinal) ? [] : [ordinal]));
  await tx.job.update({ where: { id: jobId }, data: { failed: errors.size, updatedAt: enrollment.now } });
  change.message(...messagesForItems({ id: jobId, requestId: enrollment.requestId }, pending));
  change.event({
    type: 'JOB_CREATED',
    jobId,
    collectionId: enrollment.collectionId,
    payload: { kind: enrollmentKind.name, total: enrollment.items.length },
  });
  if (pending.length === 0) await settleJob(change, jobId, enrollment.now);
  const job = await findJob(tx, jobId);
  if (!job) throw new Error('createEnrollment: the job just written is not visible');
  return job;
}

/** Persons that the enrolment would make known. */
async function countNewPersons(tx: Tx, { collectionId, items }: NewEnrollment): Promise<number> {
  const named = items.flatMap(({ person, faces }) => [person, ...(faces ?? []).map((face) => face.person)]);
  const targets = named.flatMap((person) => (person?.kind === 'CREATE' ? [person] : []));
  const known = await KnownPersons.read(tx, collectionId, targets, false);
  return new Set(targets.filter((target) => !known.find(target)).map((target) => target.personId)).size;
}

/** By ordinal: why an item's source cannot be used. */
async function findSourceErrors(
  tx: Tx,
  { items, now, refusedUploads }: NewEnrollment,
): Promise<Map<number, OutcomeError>> {
  const ids = items.flatMap(({ source }) => (source.kind === 'UPLOAD' ? [source.uploadId] : []));
  const rows = await tx.$queryRaw<{ id: string; state: string; expires_at: Date; purpose: string }[]>`
    SELECT id, state::text AS state, expires_at, purpose FROM uploads WHERE id = ANY(${ids}::uuid[])`;
  const uploads = new Map(rows.map((row) => [row.id, row]));
  const errors = new Map<number, OutcomeError>();
  items.forEach(({ source }, ordinal) => {
    if (source.kind === 'REFUSED') errors.set(ordinal, source.error);
    if (source.kind !== 'UPLOAD') return;
    const upload = uploads.get(source.uploadId);
    if (!upload) errors.set(ordinal, ABSENT);
    else if (upload.purpose === 'SEARCH') errors.set(ordinal, FOR_SEARCH);
    else if (upload.expires_at <= now) errors.set(ordinal, EXPIRED);
    else if (upload.state !== 'RECEIVED') errors.set(ordinal, refusedUploads.get(source.uploadId) ?? EMPTY);
  });
  return errors;
}

async function insertItems(
  tx: Tx,
  scope: TenantScope,
  jobId: string,
  items: readonly NewEnrollmentItem[],
  errors: ReadonlyMap<number, OutcomeError>,
): Promise<void> {
  const rows = items.map((item, ordinal) => ({
    id: item.id,
    ordinal,
    state: errors.has(ordinal) ? 'FAILED' : 'PENDING',
    upload_id: uploadIdOf(scope, item, errors.get(ordinal)),
    url: item.source.kind === 'URL' ? item.source.url : null,
    ...columnsOfTarget(item.person),
    faces: item.faces && columnsOfFaces(item.faces),
    on_ambiguous: item.onAmbiguous,
    external_image_id: item.externalImageId,
    taken_at: item.takenAt,
    error_code: errors.get(ordinal)?.code ?? null,
    error_message: errors.get(ordinal)?.message ?? null,
  }));
  await tx.$executeRaw`
    INSERT INTO job_items (id, tenant_id, job_id, ordinal, state, upload_id, url, person_id, person_external_id,
                           person_create, faces, on_ambiguous, external_image_id, taken_at, error_code, error_message)
    SELECT r.id, ${scope.tenantId}::uuid, ${jobId}::uuid, r.ordinal, r.state::"JobItemState", r.upload_id, r.url,
           r.person_id, r.person_external_id, r.person_create, r.faces, r.on_ambiguous::"OnAmbiguous", r.external_image_id,
           r.taken_at, r.error_code, r.error_message
      FROM json_to_recordset(${JSON.stringify(rows)}::json)
           AS r(id uuid, ordinal int, state text, upload_id uuid, url text, person_id uuid, person_external_id text,
                person_create jsonb, faces jsonb, on_ambiguous text, external_image_id text, taken_at timestamptz,
                error_code text, error_message text)`;
}

/** A retry sees all of the tenant: what a bound key did not see is not kept for it. */
function uploadIdOf(scope: TenantScope, { source }: NewEnrollmentItem, error: OutcomeError | undefined): string | null {
  const isUnseen = scope.collectionIds !== null && error === ABSENT;
  return source.kind === 'UPLOAD' && !isUnseen ? source.uploadId : null;
}

/** Of the images as they were sent; they are stored in about as many. At least one byte: an address has some, too. */
async function countBytes(tx: Tx, enrollment: NewEnrollment): Promise<number> {
  const ids = enrollment.items.flatMap(({ source }) => (source.kind === 'UPLOAD' ? [source.uploadId] : []));
  const { _sum } = await tx.upload.aggregate({ where: { id: { in: ids } }, _sum: { bytes: true } });
  return Math.max(1, _sum.bytes ?? 0);
}
