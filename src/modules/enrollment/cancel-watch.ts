/** How old the last answer may be. */
const MAX_AGE_MS = 1_000;

/** Knows whether a job is to be cancelled. The wish lies in the job's row, where every process sees it. */
export class CancelWatch {
  private known: Promise<boolean>;
  private askedAt: number;

  /** @param now when `requested` was asked for. */
  constructor(
    requested: boolean,
    now: Date,
    private readonly ask: () => Promise<boolean>,
  ) {
    this.known = Promise.resolve(requested);
    this.askedAt = now.getTime();
  }

  /** What a transaction that began at `now` has found in the job's row. */
  learn(requested: boolean, now: Date): void {
    this.known = Promise.resolve(requested);
    this.askedAt = now.getTime();
  }

  /** Asks when the last answer is a second old. */
  async isRequested(now: Date): Promise<boolean> {
    if (!(await this.known) && now.getTime() - this.askedAt >= MAX_AGE_MS) {
      this.askedAt = now.getTime();
      this.known = this.ask();
    }
    return this.known;
  }
}
