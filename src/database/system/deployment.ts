import type { Database } from '../database';
import { QUEUE_LOCK } from './outbox';

/** What it means that a queue is known by some mark. */
export interface QueueMeeting {
  /** Messages that the queue before it was handed and has lost. */
  readonly lost: number;
  /** Whether another queue was met after this one. */
  readonly isBesideAnother: boolean;
}

interface KnownMarks {
  readonly queueMark: string | null;
  readonly formerQueueMarks: readonly string[];
}

const MARKS = { queueMark: true, formerQueueMarks: true };
const NOTHING_LOST: QueueMeeting = { lost: 0, isBesideAnother: false };
/** Of queues of before. More are not in use at once. */
const KEPT_MARKS = 8;
/** Longer than relays that are just sending may take. */
const MEETING_MS = 15_000;

/** What tells this platform from others. */
export class Deployment {
  constructor(private readonly database: Database) {}

  /** Made with the database, and the same in every copy of it. */
  async id(): Promise<string> {
    const { id } = await this.database.system.deployment.findFirstOrThrow({ select: { id: true } });
    return id;
  }

  /**
   * Says which queue messages are handed to. When it is one that was never met, the one before has lost what it held: those that it was
   * handed wait again, under new ids: whoever still has one of them in work finds that others took its place. One that was met before
   * another has lost nothing: processes of this platform use two, and nothing is done.
   */
  async meetQueue(mark: string): Promise<QueueMeeting> {
    const met = meetingWith(mark, await this.database.system.deployment.findFirstOrThrow({ select: MARKS }));
    if (met) return met;
    return this.database.system.$transaction(
      async (tx) => {
        // What a relay is just sending is not yet marked as handed over. A statement of its own: the next sees what it waited for.
        await tx.$executeRaw`SELECT pg_advisory_xact_lock(${QUEUE_LOCK}::int, 0)`;
        const known = await tx.deployment.findFirstOrThrow({ select: MARKS });
        const metMeanwhile = meetingWith(mark, known);
        if (metMeanwhile) return metMeanwhile;
        const { queueMark: before, formerQueueMarks } = known;
        const formerMarks = before === null ? [] : [before, ...formerQueueMarks].slice(0, KEPT_MARKS);
        await tx.$executeRaw`
          UPDATE deployment SET queue_mark = ${mark}, former_queue_marks = ${formerMarks}::text[]`;
        if (before === null) return NOTHING_LOST;
        const lost = await tx.$executeRaw`
          UPDATE outbox SET id = gen_random_uuid(), admitted_at = NULL, admitted_by = NULL WHERE admitted_at IS NOT NULL`;
        return { lost, isBesideAnother: false };
      },
      { timeout: MEETING_MS, maxWait: MEETING_MS },
    );
  }
}

/** @returns null for one that was never met. */
function meetingWith(mark: string, { queueMark, formerQueueMarks }: KnownMarks): QueueMeeting | null {
  if (mark === queueMark) return NOTHING_LOST;
  return formerQueueMarks.includes(mark) ? { lost: 0, isBesideAnother: true } : null;
}
