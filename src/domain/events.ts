/** Every kind of event. Clients match on these: add, never rename. */
export const EVENT_TYPES = [
  'JOB_CREATED',
  'JOB_STARTED',
  'JOB_PROGRESS',
  'JOB_SUCCEEDED',
  'JOB_FAILED',
  'JOB_CANCELLED',
  'JOB_RETRIED',
  'COLLECTION_CREATED',
  'COLLECTION_UPDATED',
  'COLLECTION_DELETED',
  'PERSON_CREATED',
  'PERSON_UPDATED',
  'PERSONS_DELETED',
  'FACES_INDEXED',
  'FACES_ASSIGNED',
  'FACES_UNASSIGNED',
  'FACES_DELETED',
  'OPERATION_RECORDED',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

const JOB_ENDS: ReadonlySet<EventType> = new Set(['JOB_SUCCEEDED', 'JOB_FAILED', 'JOB_CANCELLED']);

/** Whether it ends its job's story: who follows the job hears nothing after it, unless the job is retried. */
export function isJobEnd(type: EventType): boolean {
  return JOB_ENDS.has(type);
}

/** An event before it has its number. */
export interface NewEvent {
  readonly type: EventType;
  readonly jobId?: string;
  readonly collectionId?: string;
  /** Ids and counts only: never names, vectors or addresses. */
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface StoredEvent extends NewEvent {
  readonly tenantId: string;
  /** Position in the tenant's sequence, from 1, without gaps: the replay cursor. */
  readonly seq: bigint;
  readonly createdAt: Date;
}

/** Which events a reader wants: a job's, or a collection's. */
export type EventFilter =
  { readonly jobId: string } | { readonly collectionId: string; readonly types?: readonly EventType[] };

/** An event with the cursor that goes on after it. */
export interface ReadEvent extends StoredEvent {
  readonly cursor: string;
}
