import { z } from 'zod';
import type { DeletionTarget } from '../../records/deletion';
import { messageFor, type JobDefinition } from '../../records/job-definition';
import type { JobKind } from '../jobs/job-kind';

/** Removes for good what a deletion has made invisible: index entries, images, rows, in this order. */
export const removeDeletedJob: JobDefinition = {
  name: 'remove-deleted',
  queue: 'deletions',
  schema: z.object({ jobId: z.uuid(), requestId: z.string() }),
  options: { attempts: 10, backoffMs: 2_000, concurrency: 1 },
};

/** What a deletion's job row has in `parameters`, beside fields of others such as `sweeps`. */
export const deletionTarget: z.ZodType<DeletionTarget> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('FACES'), collectionIds: z.array(z.string()) }),
  z.object({ kind: z.literal('COLLECTION'), collectionId: z.string() }),
  z.object({ kind: z.literal('TENANT') }),
]);

export const deletionKind: JobKind = {
  name: 'DELETION',
  description: 'Removes for good what was deleted.',
  definition: removeDeletedJob,
  cancelRefusal: 'A deletion cannot be cancelled: what it removes is out of reach already.',
  retryRefusal: 'A deletion repeats its failures by itself; it cannot be retried.',
  runsInDeletion: true,
  window: () => removeDeletedJob.options.concurrency,
  split: () => null,
  messagesFor: ({ id, requestId }) => [messageFor(removeDeletedJob, { jobId: id, requestId })],
};
