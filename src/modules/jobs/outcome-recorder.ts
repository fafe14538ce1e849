const MAX_BATCH = 32;
/** An outcome waits this long for others. */
const MAX_WAIT_MS = 1_000;

/** What became of outcomes. */
export interface Recorded {
  /** Items whose outcome does not hold: to be worked on again. */
  readonly again: readonly string[];
}

/** Gathers outcomes and records them in batches, one transaction at a time, while other items are still in work. */
export class OutcomeRecorder<Outcome> {
  /** The collection went while outcomes were recorded. */
  collectionGone = false;
  /** Items to be worked on again. */
  readonly again: string[] = [];
  private batch: Outcome[] = [];
  private timer: NodeJS.Timeout | undefined;
  private chain: Promise<void> = Promise.resolve();

  constructor(private readonly record: (outcomes: readonly Outcome[]) => Promise<Recorded | null>) {}

  add(outcome: Outcome): void {
    this.batch.push(outcome);
    if (this.batch.length >= MAX_BATCH) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), MAX_WAIT_MS);
  }

  /**
   * Records what there is.
   * @throws what recording threw, the first time it did; nothing is recorded after that.
   */
  async settle(): Promise<void> {
    this.flush();
    await this.chain;
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.batch.length === 0) return;
    const outcomes = this.batch;
    this.batch = [];
    this.chain = this.chain.then(async () => {
      const result = await this.record(outcomes);
      if (result) this.again.push(...result.again);
      else this.collectionGone = true;
    });
    // Thrown by settle(); until then nobody listens.
    this.chain.catch(() => undefined);
  }
}
