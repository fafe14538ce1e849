import { DomainError } from '../domain/errors';
import { MEGABYTE } from '../domain/units';

/** When it is worth trying again: about the time in which what is in flight is answered. */
const RETRY_AFTER_MS = 1_000;

export interface BudgetLimits {
  /** Bytes that the process holds at one time, for all. */
  readonly total: number;
  /** Bytes of these that one party may hold. */
  readonly each: number;
}

/** What one request or message holds. */
export interface Hold {
  /**
   * Counts more bytes.
   * @throws DomainError RATE_LIMITED when the process or one of the parties would hold too many; nothing is counted then.
   */
  grow(bytes: number): void;
  /** Gives all of them back. Idempotent. */
  release(): void;
}

/** Bytes of requests that are held in memory, bounded for the process and for each party. Whoever comes on top is told so and does not wait. */
export class ByteBudget {
  private held = 0;
  private readonly byParty = new Map<string, number>();

  constructor(private readonly limits: BudgetLimits) {}

  /** Bytes held now. */
  get inFlight(): number {
    return this.held;
  }

  /** @param parties on whose account it is: the key and its tenant, or the address of a stranger. */
  hold(parties: readonly string[]): Hold {
    let mine = 0;
    return {
      grow: (bytes) => {
        this.assertRoom(parties, bytes);
        this.add(parties, bytes);
        mine += bytes;
      },
      release: () => {
        this.add(parties, -mine);
        mine = 0;
      },
    };
  }

  private assertRoom(parties: readonly string[], bytes: number): void {
    const { total, each } = this.limits;
    if (parties.some((party) => (this.byParty.get(party) ?? 0) + bytes > each)) {
      throw new DomainError(
        'RATE_LIMITED',
        `You have more than ${megabytes(each)} MB of requests under way. Wait until some are answered, or send less at once.`,
        { details: { retryAfterMs: RETRY_AFTER_MS } },
      );
    }
    if (this.held + bytes > total) {
      throw new DomainError(
        'RATE_LIMITED',
        'The server has too many large requests under way. Try again in a moment.',
        {
          details: { retryAfterMs: RETRY_AFTER_MS },
        },
      );
    }
  }

  private add(parties: readonly string[], bytes: number): void {
    this.held += bytes;
    for (const party of parties) {
      const held = (this.byParty.get(party) ?? 0) + bytes;
      if (held === 0) this.byParty.delete(party);
      else this.byParty.set(party, held);
    }
  }
}

const megabytes = (bytes: number): number => Math.floor(bytes / MEGABYTE);
