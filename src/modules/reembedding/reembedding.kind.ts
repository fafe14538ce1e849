import { z } from 'zod';
import { messageFor, type JobDefinition, type NewMessage } from '../../records/job-definition';
import { ITEMS_PER_MESSAGE, rangesOf, splitRange } from '../jobs/item-ranges';
import type { JobKind, MessagedJob } from '../jobs/job-kind';

const payloadSchema = z.object({
  jobId: z.uuid(),
  requestId: z.string(),
  /** Its first and last image, both in it; null: see what is left to do, and switch when nothing is. */
  range: z.object({ fromOrdinal: z.int().min(0), toOrdinal: z.int().min(0) }).nullable(),
});

export type ReembedPayload = z.output<typeof payloadSchema>;

/** Embeds the faces of a few stored images in the pack that their collection moves to, or sees to what is left of the move. */
export const reembedImagesJob: JobDefinition<ReembedPayload> = {
  name: 'reembed-images',
  queue: 'reembeddings',
  schema: payloadSchema,
  options: { attempts: 8, backoffMs: 500, concurrency: 3 },
};

/** Has somebody see what is left to do. */
export function conductingMessage({ id: jobId, requestId }: MessagedJob): NewMessage {
  return messageFor(reembedImagesJob, { jobId, requestId, range: null });
}

/** Messages that cover the images at `ordinals` (ascending), one for a few of them. */
export function messagesForImages({ id: jobId, requestId }: MessagedJob, ordinals: readonly number[]): NewMessage[] {
  return rangesOf(ordinals).map(({ range, cost }) => messageFor(reembedImagesJob, { jobId, requestId, range }, cost));
}

export const reembeddingKind: JobKind = {
  name: 'REEMBEDDING',
  description: 'Moves a collection to another model pack.',
  definition: reembedImagesJob,
  cancelRefusal: null,
  retryRefusal: null,
  runsInDeletion: false,
  window: (imagesAtOnce) => imagesAtOnce + ITEMS_PER_MESSAGE,
  split: ({ payload, cost }) => {
    const { range, ...job } = reembedImagesJob.schema.parse(payload);
    const parts = range && splitRange(range, cost);
    if (!parts) return null;
    const [first, rest] = parts;
    return [
      messageFor(reembedImagesJob, { ...job, range: first.range }, first.cost),
      messageFor(reembedImagesJob, { ...job, range: rest.range }, rest.cost),
    ];
  },
  messagesFor: (job, openOrdinals) =>
    openOrdinals.length > 0 ? messagesForImages(job, openOrdinals) : [conductingMessage(job)],
};
