/** How one tenant stands with the workers of a kind of job. */
export interface Standing {
  readonly tenantId: string;
  readonly weight: number;
  /** Virtual time at which its next message may begin. */
  readonly spent: number;
  /** Cost of its messages that take room in the window. */
  readonly held: number;
  /** Whether it has messages that wait. */
  readonly waits: boolean;
}

interface Place {
  readonly tenantId: string;
  readonly weight: number;
  startsAt: number;
  held: number;
}

/** What a tenant has used up, after messages of it were admitted. */
export interface Spending {
  readonly tenantId: string;
  readonly begun: number;
  readonly spent: number;
}

/** While others hold more than their shares, a tenant gets its own until there is this much in all. */
export const MOST_WINDOWS = 3;

/**
 * Whose message goes to the workers next. Start-time fair queueing, as in `TurnQueue`, with what is to be remembered kept by
 * the caller. A tenant alone may fill the window. One that holds less than its share of it, by weight, need not wait for
 * others to give back what they hold of it, which may take long: nobody's first message waits behind somebody's backlog.
 */
export class Admission {
  private readonly places: Map<string, Place>;
  private readonly weights: number;
  private total: number;

  /**
   * @param standings of all that wait or hold room.
   * @param now the latest start that was ever given out.
   */
  constructor(
    standings: readonly Standing[],
    private readonly window: number,
    now: number,
  ) {
    this.places = new Map(
      standings
        .filter(({ waits }) => waits)
        .map(({ tenantId, weight, spent, held }) => [
          tenantId,
          { tenantId, weight, startsAt: Math.max(spent, now), held },
        ]),
    );
    this.weights = standings.reduce((sum, { weight }) => sum + weight, 0);
    this.total = standings.reduce((sum, { held }) => sum + held, 0);
  }

  /** The tenant whose turn it is, undefined when there is room for none. */
  next(): string | undefined {
    let first: Place | undefined;
    for (const place of this.places.values()) {
      if (!this.hasRoom(place)) continue;
      if (!first || place.startsAt < first.startsAt || (place.startsAt === first.startsAt && place.held < first.held)) {
        first = place;
      }
    }
    return first?.tenantId;
  }

  /** Lets a message of the tenant in. @returns what it has used up with it. */
  take(tenantId: string, cost: number): Spending {
    const place = this.places.get(tenantId)!;
    const begun = place.startsAt;
    place.startsAt += cost / place.weight;
    place.held += cost;
    this.total += cost;
    return { tenantId, begun, spent: place.startsAt };
  }

  /** The tenant has nothing more that waits. */
  leave(tenantId: string): void {
    this.places.delete(tenantId);
  }

  private hasRoom({ held, weight }: Place): boolean {
    if (this.total < this.window) return true;
    return held < (this.window * weight) / this.weights && this.total < this.window * MOST_WINDOWS;
  }
}
