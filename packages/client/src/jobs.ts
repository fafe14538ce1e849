import { LikenessError } from './errors.ts';
import { JobDocument, JobUpdatedDocument, type JobQuery, type JobUpdatedSubscription } from './generated/operations.ts';
import type { RequestFunction } from './http.ts';
import type { OpenSubscription, Subscription, SubscriptionOptions } from './subscription.ts';

export type JobEvent = JobUpdatedSubscription['jobUpdated'];
export type Job = NonNullable<JobQuery['job']>;

export interface FollowOptions extends SubscriptionOptions {
  /** The `cursor` of an earlier event: only what came after it is told. */
  readonly after?: string | undefined;
}

export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
  /** Is told the job as it is after each of its events, at most one a second while it works. */
  readonly onProgress?: ((job: Job) => void) | undefined;
}

export interface JobFollowerOptions {
  readonly request: RequestFunction;
  readonly subscribe: OpenSubscription;
}

/** Follows jobs to their end. */
export class JobFollower {
  constructor(private readonly options: JobFollowerOptions) {}

  /** Its events from its beginning, or after a cursor; ends after the job's last. */
  follow(jobId: string, { after, ...options }: FollowOptions = {}): Subscription<JobEvent> {
    return this.options.subscribe(
      JobUpdatedDocument.toString(),
      () => ({ jobId, after }),
      (data) => (data as JobUpdatedSubscription).jobUpdated,
      options,
    );
  }

  /**
   * @returns the job as it ended.
   * @throws LikenessError NOT_FOUND; the signal's reason.
   */
  async wait(jobId: string, { signal, onProgress }: WaitOptions = {}): Promise<Job> {
    let last: Job | null = null;
    for await (const { job } of this.follow(jobId, { signal })) {
      last = job;
      if (job) onProgress?.(job);
    }
    if (last?.finishedAt != null) return last;
    const { job } = await this.options.request(JobDocument, { id: jobId }, { signal });
    if (!job) throw new LikenessError('NOT_FOUND', 'No such job. It may have been deleted; check the id.');
    return job;
  }
}
