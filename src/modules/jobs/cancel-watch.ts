/** How old the last answer may be. */
const MAX_AGE_MS = 1_000;

/** Knows whether a job is to be cancelled. The wish lies in the job's row, where every process sees it, and is never taken back. */
export class CancelWatch {
  private requested: boolean;
  private askedAt: number;
  private asking: Promise<boolean> | undefined;

  /** @param now when `requested` was asked for. */
  constructor(
    requested: boolean,
    now: Date,
    private readonly ask: () => Promise<boolean>,
  ) {
    this.requested = requested;
    this.askedAt = now.getTime();
  }

  /** What a transaction that began at `now` has found in the job's row. */
  learn(requested: boolean, now: Date): void {
    this.requested ||= requested;
    this.askedAt = Math.max(this.askedAt, now.getTime());
  }

  /** Asks when the last answer is a second old. @throws what asking throws; the next call asks again. */
  async isRequested(now: Date): Promise<boolean> {
    if (!this.requested && now.getTime() - this.askedAt >= MAX_AGE_MS) {
      this.asking ??= this.ask().finally(() => (this.asking = undefined));
      this.learn(await this.asking, now);
    }
    return this.requested;
  }
}
