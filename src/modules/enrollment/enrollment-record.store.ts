import type { Change } from '../../database';
import { type Tx, txOf } from '../../database/sql';
import { notFound, type DomainError } from '../../domain/errors';
import type { KnownPerson, OutcomeError } from '../../records/job';
import { countOutcomes } from '../jobs/job-rows.store';
import type { EnrolledWork } from '../usage/enrollment-meter.service';
import { KnownPersons, targetOf, type TargetColumns } from './enrollment-persons.store';
import {
  insertFaces,
  insertImages,
  NOBODY,
  STILL_COUNTS,
  type Image,
  type RecordedRange,
} from './enrollment-images.store';
import { countsOf, updateItems, type ItemChange } from './enrollment-items.store';
import type { ItemOutcome, PersonTarget, RecordResult } from './enrollment-shapes';
import { findAdditions, placedFacesOfRow, type PlacedFaceRows } from './placed-faces.store';

interface OpenItem extends TargetColumns {
  id: string;
  ordinal: number;
  external_image_id: string | null;
  faces: PlacedFaceRows | null;
}

interface AnalyzedItem {
  readonly outcome: ItemOutcome & { kind: 'ANALYZED' };
  readonly item: OpenItem;
  /** Of the whole image. */
  readonly target: PersonTarget | null;
  /** Of each of its faces. */
  readonly targets: readonly (PersonTarget | null)[];
}

function analyzedItemOf(outcome: AnalyzedItem['outcome'], item: OpenItem): AnalyzedItem {
  const target = targetOf(item);
  const placed = placedFacesOfRow(item.faces);
  const targets = placed ? placed.map((face) => face.person) : outcome.faces.map(() => target);
  return { outcome, item, target, targets };
}

/** What is missing where the person of a face is; undefined where all are there. */
function missingFaceOf(areMissing: readonly boolean[]): string | undefined {
  const face = areMissing.indexOf(true);
  return face < 0 ? undefined : `person of faces.${face}`;
}

/**
 * Makes outcomes the record. The flush throws CollectionGone when the collection's deletion has begun, and CollectionMoved
 * when it is of another pack by now.
 */
export async function recordOutcomes(
  change: Change,
  jobId: string,
  range: RecordedRange,
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
  const analyzed: AnalyzedItem[] = [];
  const failed: { error: OutcomeError; known?: KnownPerson; item: OpenItem; target: PersonTarget | null }[] = [];
  const duplicates: { imageId: string; item: OpenItem; target: PersonTarget | null }[] = [];
  for (const outcome of outcomes) {
    const item = items.get(outcome.itemId);
    if (!item) continue;
    if (outcome.kind === 'ANALYZED') analyzed.push(analyzedItemOf(outcome, item));
    else if (outcome.kind === 'CANCELLED') changes.push({ id: item.id, state: 'CANCELLED' });
    else if (outcome.kind === 'FAILED') {
      failed.push({ error: outcome.error, known: outcome.known, item, target: targetOf(item) });
    } else duplicates.push({ imageId: outcome.imageId, item, target: targetOf(item) });
  }

  const persons = await KnownPersons.read(
    tx,
    range.collectionId,
    [
      ...analyzed.flatMap(({ target, targets }) => [target, ...targets]),
      ...[...duplicates, ...failed.filter(({ error }) => error.details)].map(({ target }) => target),
    ],
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
  const wanted = analyzed.filter(({ item, target, targets }) => {
    const missing = isForNobody(target) ? 'person' : missingFaceOf(targets.map(isForNobody));
    if (missing) changes.push(failure(item.id, notFound(missing)));
    return !missing;
  });
  const additions = await findAdditions(
    tx,
    range.collectionId,
    wanted.filter(({ item }) => item.faces),
  );
  const additionOf = new Map(additions.map((addition) => [addition.outcome.itemId, addition]));
  const work = wanted.map((one) => ({ ...one, imageId: one.item.id, ...additionOf.get(one.item.id) }));
  const createdPersons = await persons.create(
    scope,
    work.flatMap(({ targets, outcome }) =>
      targets.flatMap((target, face) => (target?.kind === 'CREATE' && outcome.faces[face]!.embedding ? [target] : [])),
    ),
  );
  const images: Image[] = [];
  const more: Image[] = [];
  for (const { outcome, item, target, targets, imageId } of work) {
    if (item.faces && outcome.faces.length === 0) {
      changes.push({ id: item.id, state: 'SUCCEEDED', image_id: imageId, duplicate: true });
      continue;
    }
    const personIds = targets.map((one) => one && persons.find(one));
    const subjectId = item.faces ? item.id : subjectOf(target);
    const image = { outcome, ordinal: item.ordinal, subjectId, imageId, personIds };
    (imageId === item.id ? images : more).push({ ...image, externalImageId: item.external_image_id });
  }
  const imageIds = await insertImages(tx, scope, range.collectionId, images);
  const added = images.filter((image, index) => imageIds[index] === image.outcome.itemId);
  const vectorKeys = await insertFaces(tx, scope, range, [...added, ...more]);
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
  for (const { outcome, imageId } of more) changes.push({ id: outcome.itemId, state: 'SUCCEEDED', image_id: imageId });

  await updateItems(tx, changes, now);
  for (const personId of createdPersons) {
    change.event({ type: 'PERSON_CREATED', collectionId: range.collectionId, payload: { personId } });
  }
  const { cancelRequested } = await countOutcomes(change, jobId, countsOf(changes), now);
  if (added.length > 0 || more.length > 0 || createdPersons.length > 0) {
    const ops = vectorKeys.map((vectorKey) => ({ kind: 'UPSERT' as const, vectorKey }));
    change.ops(range.collectionId, ops, { requireActive: true, requirePackId: range.packId });
    change.persons(range.collectionId, createdPersons.length);
    change.imageBytes(range.collectionId, bytesOf(added));
  }
  const counted: EnrolledWork = {
    faces: outcomes.reduce((sum, outcome) => sum + (items.has(outcome.itemId) ? facesOf(outcome) : 0), 0),
    images: added.length,
    storedBytes: bytesOf(added),
  };
  return { again, orphans, work: counted, cancelRequested };
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
    SELECT id, ordinal, external_image_id, person_id, person_external_id, person_create, faces FROM job_items
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
