import { z } from 'zod';
import { messageFor, type JobDefinition, type NewMessage } from '../../records/job-definition';
import { ITEMS_PER_MESSAGE, rangesOf, splitRange } from '../jobs/item-ranges';
import type { JobKind, MessagedJob } from '../jobs/job-kind';

const payloadSchema = z.object({
  jobId: z.uuid(),
  requestId: z.string(),
  /** First and last item of the range, both in it. */
  fromOrdinal: z.int().min(0),
  toOrdinal: z.int().min(0),
});

export type EnrollImagesPayload = z.output<typeof payloadSchema>;

/** Works on a few items of an enrolment: analysed, recorded, indexed. */
export const enrollImagesJob: JobDefinition<EnrollImagesPayload> = {
  name: 'enroll-images',
  queue: 'enrollments',
  schema: payloadSchema,
  options: { attempts: 8, backoffMs: 500, concurrency: 3 },
};

/** Messages that cover the items at `ordinals` (ascending), one for a few of them. */
export function messagesForItems({ id: jobId, requestId }: MessagedJob, ordinals: readonly number[]): NewMessage[] {
  return rangesOf(ordinals).map(({ range, cost }) => messageFor(enrollImagesJob, { jobId, requestId, ...range }, cost));
}

export const enrollmentKind: JobKind = {
  name: 'ENROLLMENT',
  description: 'Enrols images.',
  definition: enrollImagesJob,
  cancelRefusal: null,
  retryRefusal: null,
  runsInDeletion: false,
  window: (imagesAtOnce) => imagesAtOnce + ITEMS_PER_MESSAGE,
  split: ({ payload, cost }) => {
    const whole = enrollImagesJob.schema.parse(payload);
    const parts = splitRange(whole, cost);
    if (!parts) return null;
    const [first, rest] = parts;
    return [
      messageFor(enrollImagesJob, { ...whole, ...first.range }, first.cost),
      messageFor(enrollImagesJob, { ...whole, ...rest.range }, rest.cost),
    ];
  },
  // A job that has only its end to be written still needs one delivery.
  messagesFor: (job, openOrdinals) => messagesForItems(job, openOrdinals.length > 0 ? openOrdinals : [0]),
};
