import type { ErrorCode } from '../domain/errors';
import type { TenantScope } from '../domain/tenant-scope';
import type { FaceRecord } from './face';
import type { ImageRecord } from './image';
import type { Order } from './page';

export const JOB_STATES = ['QUEUED', 'IN_PROGRESS', 'SUCCEEDED', 'FAILED', 'CANCELLED'] as const;
export type JobState = (typeof JOB_STATES)[number];

export const JOB_ITEM_STATES = ['PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED'] as const;
export type JobItemState = (typeof JOB_ITEM_STATES)[number];

/** Whether nothing more will happen to the job unless its failed items are retried. */
export function isFinished(state: JobState): boolean {
  return state === 'SUCCEEDED' || state === 'FAILED' || state === 'CANCELLED';
}

/** What was wrong, for the caller of the API. */
export interface OutcomeError {
  readonly code: ErrorCode;
  readonly message: string;
  /** Facts for a program, as `DomainError.details` has them. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Somebody else of the collection whom a face resembles as a search's match does. */
export interface KnownPerson {
  readonly personId: string;
  /** 0-100. */
  readonly similarity: number;
}

export interface JobRecord {
  readonly id: string;
  readonly collectionId: string | null;
  readonly kind: string;
  readonly state: JobState;
  readonly requestId: string;
  /** Items that succeeded. */
  readonly done: number;
  /** Of those, the ones of which no face was indexed. */
  readonly unindexed: number;
  /** Items that failed. */
  readonly failed: number;
  readonly cancelled: number;
  /** Those that have no outcome yet among them. */
  readonly total: number;
  /** Why a FAILED job could not do its work at all. */
  readonly error: OutcomeError | null;
  readonly cancelRequestedAt: Date | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}

/** One item with its outcome. */
export interface JobItemRecord {
  readonly id: string;
  /** Position in the request, from 0. */
  readonly ordinal: number;
  readonly state: JobItemState;
  readonly externalImageId: string | null;
  /** The accepted image; an earlier item's when `duplicate`. Null when none was accepted or it has been deleted. */
  readonly image: ImageRecord | null;
  readonly duplicate: boolean;
  /** Whose else its face is like; null also where that was not asked, or they are gone. */
  readonly knownElsewhere: KnownPerson | null;
  readonly error: OutcomeError | null;
  /** Faces of the image that are not deleted, UNINDEXED ones among them; largest first. */
  readonly faces: readonly FaceRecord[];
}

export interface JobItemFilter {
  readonly state?: JobItemState;
  /** true: only items of which a face was indexed; false: only those that succeeded and of which none was. */
  readonly indexed?: boolean;
}

/** Ids are given out when jobs are accepted, so they order them by time. */
export type JobOrderField = 'CREATED_AT';
/** Where items stand in the request. */
export type JobItemOrderField = 'ORDINAL';

export const NEWEST_FIRST: Order<JobOrderField> = { field: 'CREATED_AT', direction: 'DESC' };
export const REQUEST_ORDER: Order<JobItemOrderField> = { field: 'ORDINAL', direction: 'ASC' };

export interface JobFilter {
  readonly state?: JobState;
  readonly kind?: string;
}

/** What the dispatcher must know of a job before anything runs for it. */
export interface DispatchedJob {
  readonly tenantId: string;
  readonly tenantStatus: 'ACTIVE' | 'SUSPENDED' | 'DELETING';
  readonly kind: string;
  readonly state: JobState;
  /** Whether the job has messages, and the delivery's is none of them: others took its place, or it is done. */
  readonly isReplaced: boolean;
}

/** Unfinished work that no message stands for any more. */
export interface StuckJob {
  readonly id: string;
  readonly scope: TenantScope;
}
