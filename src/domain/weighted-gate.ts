import { TurnQueue } from './turn-queue';

/**
 * Lets work in as long as the weights inside stay within a capacity: bounds memory. Parties that wait take turns, each in
 * the order of its own arrival.
 */
export class WeightedGate {
  private inside = 0;
  private readonly waiting = new TurnQueue<{ readonly weight: number; readonly enter: () => void }>();

  constructor(private readonly capacity: number) {}

  /** Nothing is inside, and nothing waits. */
  get idle(): boolean {
    return this.inside === 0 && this.waiting.size === 0;
  }

  /** Whether whoever comes next has to wait. */
  get full(): boolean {
    return this.inside >= this.capacity || this.waiting.size > 0;
  }

  /**
   * @param weight of what `work` holds; more than the capacity counts as all of it.
   * @param party whose work it is; work without one is all one party's.
   * @param signal ends the waiting: `run` rejects with its reason. Work that has begun goes on.
   */
  async run<T>(weight: number, work: () => Promise<T>, party = '', signal?: AbortSignal): Promise<T> {
    const counted = Math.min(weight, this.capacity);
    await this.enter(counted, party, signal);
    try {
      return await work();
    } finally {
      this.inside -= counted;
      this.admit();
    }
  }

  private enter(weight: number, party: string, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const leave = (): void => {
        this.waiting.remove(entrant, party);
        reject(signal?.reason as Error);
        this.admit();
      };
      const enter = (): void => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      const entrant = { weight, enter };
      signal?.addEventListener('abort', leave, { once: true });
      this.waiting.push(entrant, { id: party }, weight);
      this.admit();
    });
  }

  /** Whoever's turn it is waits for room, however little others want: a large one would never get in otherwise. */
  private admit(): void {
    for (
      let next = this.waiting.peek();
      next && this.inside + next.weight <= this.capacity;
      next = this.waiting.peek()
    ) {
      this.waiting.shift();
      this.inside += next.weight;
      next.enter();
    }
  }
}

/** A gate of which one party gets a part at most: whoever holds its place for long leaves the others theirs. */
export class SharedGate {
  private readonly gate: WeightedGate;
  private readonly shares = new Map<string, WeightedGate>();

  /** @param share what one party gets at most. @default half */
  constructor(
    capacity: number,
    private readonly share = capacity / 2,
  ) {
    this.gate = new WeightedGate(capacity);
  }

  /** Nothing is inside, and nothing waits. */
  get idle(): boolean {
    return this.shares.size === 0;
  }

  /** Whether more of this party's work would have to wait. */
  isFull(party: string): boolean {
    return this.gate.full || (this.shares.get(party)?.full ?? false);
  }

  /**
   * @param weight of what `work` holds; more than a share counts as all of it.
   * @param signal ends the waiting, as of a {@link WeightedGate}.
   */
  async run<T>(party: string, weight: number, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const share = this.shares.get(party) ?? new WeightedGate(this.share);
    this.shares.set(party, share);
    try {
      return await share.run(weight, () => this.gate.run(weight, work, party, signal), party, signal);
    } finally {
      if (share.idle) this.shares.delete(party);
    }
  }
}
