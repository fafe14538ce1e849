import { z } from 'zod';
import { messageFor, type JobDefinition } from '../../records/job-definition';
import type { JobKind } from '../jobs/job-kind';

export type DeletionPayload = { jobId: string; requestId: string };

/** Removes for good what a deletion has made invisible: index entries, images, rows, in this order. */
export const removeDeletedJob: JobDefinition<DeletionPayload> = {
  name: 'remove-deleted',
  queue: 'deletions',
  schema: z.object({ jobId: z.uuid(), requestId: z.string() }),
  options: { attempts: 10, backoffMs: 2_000, concurrency: 1 },
};

export const deletionKind: JobKind = {
  name: 'DELETION',
  description: 'Removes for good what was deleted.',
  definition: removeDeletedJob,
  cancelRefusal: 'A deletion cannot be cancelled: what it removes is out of reach already.',
  retryRefusal: 'A deletion repeats its failures by itself; it cannot be retried.',
  runsInDeletion: true,
  messagesFor: ({ id, requestId }) => [messageFor(removeDeletedJob, { jobId: id, requestId })],
};
