import { z } from 'zod';
import { messageFor, type CostedMessage, type JobDefinition, type NewMessage } from '../../records/job-definition';
import type { JobKind, MessagedJob } from '../jobs/job-kind';
import { ITEMS_PER_MESSAGE, ITEMS_PER_TURN } from './enrollment-shapes';

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

/** What a message takes beside its images: transactions of its own. */
const MESSAGE_COST = 1;

/** Messages that cover the items at `ordinals` (ascending), one for a few of them. */
export function messagesForItems(job: MessagedJob, ordinals: readonly number[]): NewMessage[] {
  const messages: NewMessage[] = [];
  for (let start = 0; start < ordinals.length; start += ITEMS_PER_MESSAGE) {
    const part = ordinals.slice(start, start + ITEMS_PER_MESSAGE);
    const payload = { jobId: job.id, requestId: job.requestId, fromOrdinal: part[0]!, toOrdinal: part.at(-1)! };
    messages.push(messageFor(enrollImagesJob, payload, part.length + MESSAGE_COST));
  }
  return messages;
}

/** Only a range without gaps: how many open items lie in a part of another, its message does not tell. */
function splitMessage({ payload, cost }: CostedMessage): [NewMessage, NewMessage] | null {
  const range = enrollImagesJob.schema.parse(payload);
  const items = range.toOrdinal - range.fromOrdinal + 1;
  if (items <= ITEMS_PER_TURN || items !== cost - MESSAGE_COST) return null;
  const [first, rest] = [ITEMS_PER_TURN, items - ITEMS_PER_TURN];
  const border = range.fromOrdinal + first;
  return [
    messageFor(enrollImagesJob, { ...range, toOrdinal: border - 1 }, first + MESSAGE_COST),
    messageFor(enrollImagesJob, { ...range, fromOrdinal: border }, rest + MESSAGE_COST),
  ];
}

export const enrollmentKind: JobKind = {
  name: 'ENROLLMENT',
  description: 'Enrols images.',
  definition: enrollImagesJob,
  cancelRefusal: null,
  retryRefusal: null,
  runsInDeletion: false,
  window: (imagesAtOnce) => imagesAtOnce + ITEMS_PER_MESSAGE,
  split: splitMessage,
  // A job that has only its end to be written still needs one delivery.
  messagesFor: (job, openOrdinals) => messagesForItems(job, openOrdinals.length > 0 ? openOrdinals : [0]),
};
