import type { Change } from '../../database';
import { type Tx, txOf } from '../../database/sql';
import { notFound, type DomainError } from '../../domain/errors';
import type { KnownPerson, OutcomeError } from '../../records/job';
import { jobEvent } from '../jobs/job-rows.store';
import type { EnrolledWork } from '../usage/enrollment-meter.service';
import { KnownPersons, targetOf, type TargetColumns } from './enrollment-persons.store';
import { insertFaces, insertImages, NOBODY, STILL_COUNTS, type Image } from './enrollment-images.store';
import type { ClaimedRange, ItemOutcome, PersonTarget, RecordResult } from './enrollment-shapes';

/** A job tells of its progress at most this often. */
const PROGRESS_INTERVAL_MS = 1_000;

interface OpenItem extends TargetColumns {
  id: string;
  ordinal: number;
  external_image_id: string | null;
}

/** What is written into a row of `job_items`. */
interface ItemChange {
  readonly id: string;
  readonly state: 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
  readonly image_id?: string;
  readonly duplicate?: boolean;
  readonly unindexed?: boolean;
  readonly error_code?: string;
  readonly error_message?: string;
  readonly error_details?: Readonly<Record<string, unknown>>;
  readonly known_person_id?: string;
  readonly known_similarity?: number;
}

/**
 * Makes outcomes the record. The flush throws CollectionGone when the collection's deletion has begun.
 */
export async function recordOutcomes(
  change: Change,
  jobId: string,
  range: Pick<ClaimedRange, 'collectionId' | 'embeddingDigest'>,
  outcomes: readonly ItemOutcome[],
  now: Date,
): Promise<RecordResult> {
  const { scope } = change;
  const tx = txOf(change);
  const items = await lockOpenItems(
    tx,
    jobId,
    outcomes.map((outcome) => outcome.itemId),
  );
  const late = outcomes.filter(({ kind, itemId }) => kind === 'ANALYZED' && !items.has(itemId));
  const orphans = await findOrphans(
    tx,
    late.map(({ itemId }) => itemId),
  );
  const changes: ItemChange[] = [];
  const again: string[] = [];
  const analyzed: { outcome: ItemOutcome & { kind: 'ANALYZED' }; item: OpenItem; target: PersonTarget | null }[] = [];
  const failed: { error: OutcomeError; known?: KnownPerson; item: OpenItem; target: PersonTarget | null }[] = [];
  const duplicates: { imageId: string; item: OpenItem; target: PersonTarget | null }[] = [];
  for (const outcome of outcomes) {
    const item = items.get(outcome.itemId);
    if (!item) continue;
    if (outcome.kind === 'ANALYZED') analyzed.push({ outcome, item, target: targetOf(item) });
    else if (outcome.kind === 'CANCELLED') changes.push({ id: item.id, state: 'CANCELLED' });
    else if (outcome.kind === 'FAILED') {
      failed.push({ error: outcome.error, known: outcome.known, item, target: targetOf(item) });
    } else duplicates.push({ imageId: outcome.imageId, item, target: targetOf(item) });
  }

  const persons = await KnownPersons.read(
    tx,
    range.collectionId,
    [...analyzed, ...duplicates, ...failed.filter(({ error }) => error.details)].map(({ target }) => target),
    true,
  );
  /** Whether the item is for a person who is not, or no longer, there. */
  const isForNobody = (target: PersonTarget | null): boolean =>
    target !== null && target.kind !== 'CREATE' && persons.find(target) === null;
  for (const { error, known, item, target } of failed) {
    // What was seen in the image of somebody who was deleted meanwhile goes with them.
    const told = error.details && isForNobody(target) ? notFound('person') : error;
    changes.push({ ...failure(item.id, told), ...knownOf(known) });
  }
  const subjectOf = (target: PersonTarget | null): string =>
    (target && persons.find(target)) ?? (target?.kind === 'CREATE' ? target.personId : NOBODY);
  const claims = duplicates.map(({ item, imageId, target }) => ({
    id: item.id,
    imageId,
    subjectId: subjectOf(target),
  }));
  const counting = await findCounting(tx, claims);
  for (const { id, imageId } of claims) {
    if (counting.has(id)) changes.push({ id, state: 'SUCCEEDED', image_id: imageId, duplicate: true });
    else again.push(id);
  }
  const createdPersons = await persons.create(
    scope,
    analyzed.flatMap(({ target, outcome }) =>
      target?.kind === 'CREATE' && outcome.faces.some((face) => face.embedding) ? [target] : [],
    ),
  );
  const images: Image[] = [];
  for (const { outcome, item, target } of analyzed) {
    if (isForNobody(target)) {
      changes.push(failure(item.id, notFound('person')));
      continue;
    }
    const personId = target ? persons.find(target) : null;
    const subjectId = subjectOf(target);
    images.push({ outcome, ordinal: item.ordinal, subjectId, personId, externalImageId: item.external_image_id });
  }
  const imageIds = await insertImages(tx, scope, range.collectionId, images);
  const added = images.filter((image, index) => imageIds[index] === image.outcome.itemId);
  const vectorKeys = await insertFaces(tx, scope, range.collectionId, range.embeddingDigest, added);
  // An image from before stands for these bytes only while a face of it is in the index or on its way.
  const unindexed = new Set(
    added.filter(({ outcome }) => outcome.faces.every((face) => !face.embedding)).map(({ outcome }) => outcome.itemId),
  );
  images.forEach(({ outcome: { itemId, known } }, index) => {
    const imageId = imageIds[index]!;
    const duplicate = imageId !== itemId;
    const told = { image_id: imageId, duplicate, unindexed: unindexed.has(imageId), ...knownOf(known) };
    changes.push({ id: itemId, state: 'SUCCEEDED', ...told });
  });

  await updateItems(tx, changes, now);
  for (const personId of createdPersons) {
    change.event({ type: 'PERSON_CREATED', collectionId: range.collectionId, payload: { personId } });
  }
  const { cancelRequested } = await moveCounters(change, jobId, changes, now);
  if (added.length > 0 || createdPersons.length > 0) {
    const ops = vectorKeys.map((vectorKey) => ({ kind: 'UPSERT' as const, vectorKey }));
    change.ops(range.collectionId, ops, { requireActive: true });
    change.persons(range.collectionId, createdPersons.length);
    change.imageBytes(range.collectionId, bytesOf(added));
  }
  const work: EnrolledWork = {
    faces: outcomes.reduce((sum, outcome) => sum + (items.has(outcome.itemId) ? facesOf(outcome) : 0), 0),
    images: added.length,
    storedBytes: bytesOf(added),
  };
  return { again, orphans, work, cancelRequested };
}

const bytesOf = (images: readonly Image[]): number =>
  images.reduce((sum, { outcome }) => sum + outcome.stored.bytes, 0);

/** Faces that were analysed for an outcome; an image that was looked at counts as one at least. */
function facesOf(outcome: ItemOutcome): number {
  if (outcome.kind === 'ANALYZED') return Math.max(1, outcome.faces.length);
  if (outcome.kind !== 'FAILED') return 0;
  const { code, details } = outcome.error;
  if (code === 'NO_FACE_FOUND' || code === 'KNOWN_ELSEWHERE') return 1;
  const boxes = code === 'AMBIGUOUS_FACE' ? details?.['boxes'] : undefined;
  return Array.isArray(boxes) ? boxes.length : 0;
}

function failure(id: string, { code, message, details }: OutcomeError | DomainError): ItemChange {
  const told = { error_code: code, error_message: message, ...(details ? { error_details: details } : {}) };
  return { id, state: 'FAILED', ...told };
}

function knownOf(known: KnownPerson | null | undefined): Pick<ItemChange, 'known_person_id' | 'known_similarity'> {
  return known ? { known_person_id: known.personId, known_similarity: known.similarity } : {};
}

async function lockOpenItems(tx: Tx, jobId: string, ids: readonly string[]): Promise<Map<string, OpenItem>> {
  const rows = await tx.$queryRaw<OpenItem[]>`
    SELECT id, ordinal, external_image_id, person_id, person_external_id, person_create FROM job_items
     WHERE job_id = ${jobId}::uuid AND id = ANY(${[...ids]}::uuid[]) AND state IN ('PENDING', 'RUNNING')
     ORDER BY ordinal FOR UPDATE`;
  return new Map(rows.map((row) => [row.id, row]));
}

/** Which of these items, whose end is on record or which are gone with their job, have no image of their own. */
async function findOrphans(tx: Tx, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const owners = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM job_items WHERE id = ANY(${[...ids]}::uuid[]) AND image_id = id`;
  return ids.filter((id) => !owners.some((owner) => owner.id === id));
}

/** Which of these items' images still stand for their bytes and subject; the images stay until the commit. */
async function findCounting(
  tx: Tx,
  claims: readonly { readonly id: string; readonly imageId: string; readonly subjectId: string }[],
): Promise<Set<string>> {
  if (claims.length === 0) return new Set();
  const rows = claims.map(({ id, imageId, subjectId }) => ({ id, image_id: imageId, subject_id: subjectId }));
  const counting = await tx.$queryRaw<{ id: string }[]>`
    SELECT r.id FROM json_to_recordset(${JSON.stringify(rows)}::json) AS r(id uuid, image_id uuid, subject_id uuid)
      JOIN images i ON i.id = r.image_id
     WHERE ${STILL_COUNTS} ORDER BY i.id FOR KEY SHARE OF i`;
  return new Set(counting.map((row) => row.id));
}

/** Only a failed item keeps its input, for a retry: who is deleted later must not live on in what was said of them. */
async function updateItems(tx: Tx, changes: readonly ItemChange[], now: Date): Promise<void> {
  if (changes.length === 0) return;
  await tx.$executeRaw`
    UPDATE job_items t
       SET state = r.state::"JobItemState", image_id = r.image_id, duplicate = COALESCE(r.duplicate, false),
           unindexed = COALESCE(r.unindexed, false),
           error_code = r.error_code, error_message = r.error_message, error_details = r.error_details,
           known_person_id = known.id, known_similarity = CASE WHEN known.id IS NOT NULL THEN r.known_similarity END,
           updated_at = ${now},
           has_leftover = r.image_id IS DISTINCT FROM t.id,
           person_external_id = CASE r.state WHEN 'FAILED' THEN t.person_external_id END,
           person_create = CASE r.state WHEN 'FAILED' THEN t.person_create END,
           url = CASE r.state WHEN 'FAILED' THEN t.url END
      FROM json_to_recordset(${JSON.stringify(changes)}::json)
           AS r(id uuid, state text, image_id uuid, duplicate boolean, unindexed boolean, error_code text,
                error_message text, error_details jsonb, known_person_id uuid, known_similarity float8)
      LEFT JOIN persons known ON known.id = r.known_person_id
     WHERE t.id = r.id`;
}

async function moveCounters(
  change: Change,
  jobId: string,
  changes: readonly ItemChange[],
  now: Date,
): Promise<{ cancelRequested: boolean }> {
  const count = (state: ItemChange['state']): number => changes.filter((change) => change.state === state).length;
  const [done, failed, cancelled] = [count('SUCCEEDED'), count('FAILED'), count('CANCELLED')];
  const unindexed = changes.filter((change) => change.unindexed).length;
  const due = new Date(now.getTime() - PROGRESS_INTERVAL_MS);
  const rows = await txOf(change).$queryRaw<
    {
      id: string;
      collection_id: string | null;
      done: number;
      unindexed: number;
      failed: number;
      cancelled: number;
      total: number;
      tell: boolean;
      cancel_requested: boolean;
    }[]
  >`
    UPDATE jobs j SET done = j.done + ${done}, unindexed = j.unindexed + ${unindexed}, failed = j.failed + ${failed},
           cancelled = j.cancelled + ${cancelled}, updated_at = ${now},
           last_event_at = CASE WHEN old.due THEN ${now} ELSE j.last_event_at END
      FROM (SELECT id, COALESCE(last_event_at <= ${due}, true) AS due
              FROM jobs WHERE id = ${jobId}::uuid FOR UPDATE) old
     WHERE j.id = old.id
    RETURNING j.id, j.collection_id, j.done, j.unindexed, j.failed, j.cancelled, j.total, old.due AS tell,
              j.cancel_requested_at IS NOT NULL AS cancel_requested`;
  const job = rows[0];
  if (job?.tell && done + failed > 0) change.event(jobEvent('JOB_PROGRESS', job));
  return { cancelRequested: job?.cancel_requested ?? false };
}
