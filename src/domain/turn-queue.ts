/** Who waits: a tenant, with its weight beside others. */
export interface Party {
  readonly id: string;
  /** Of two that wait, one of weight 2 gets twice as much. @default 1 */
  readonly weight?: number;
}

/** Parties with nothing waiting that are remembered while nobody else waits either. */
const MOST_AHEAD = 100;

interface Line<T> {
  /** Virtual time at which its next item may begin. */
  startsAt: number;
  readonly items: { readonly value: T; readonly cost: number; readonly weight: number }[];
}

/**
 * What waits, by party: parties take turns, whatever each of them has waiting, and within a party it is first come, first
 * served. Start-time fair queueing: each item moves its party's next start on by its cost over its weight, and the party
 * that starts earliest is next. One that comes new starts where the others are now: it is next, but has nothing saved up.
 */
export class TurnQueue<T> {
  private readonly lines = new Map<string, Line<T>>();
  /** Starts of parties that have nothing waiting and were served ahead of `now`. */
  private readonly ahead = new Map<string, number>();
  private now = 0;
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** How many parties have something waiting. */
  get parties(): number {
    return this.lines.size;
  }

  /** How many items of a party wait. */
  sizeOf(party: string): number {
    return this.lines.get(party)?.items.length ?? 0;
  }

  /** @param cost of what it will take, in any unit that all items share. */
  push(value: T, { id, weight = 1 }: Party, cost = 1): void {
    this.lineOf(id).items.push({ value, cost, weight });
    this.count += 1;
  }

  /** For an item that has been at the head before. */
  putBack(value: T, { id, weight = 1 }: Party, cost = 1): void {
    this.lineOf(id).items.unshift({ value, cost, weight });
    this.count += 1;
  }

  /**
   * The item whose turn it is; it goes on waiting.
   * @param accepts passes over parties whose first item it does not take. They keep their turns.
   */
  peek(accepts?: (value: T) => boolean): T | undefined {
    return this.next(accepts)?.[1].items[0]?.value;
  }

  /** Takes the item whose turn it is, as {@link peek} finds it. */
  shift(accepts?: (value: T) => boolean): T | undefined {
    const next = this.next(accepts);
    if (!next) return undefined;
    const [id, line] = next;
    const item = line.items.shift()!;
    // Whoever was passed over starts before the others are.
    this.now = Math.max(this.now, line.startsAt);
    line.startsAt += item.cost / item.weight;
    this.count -= 1;
    this.leaveIfEmpty(id, line);
    this.forget();
    return item.value;
  }

  /** @returns whether it was still waiting. */
  remove(value: T, party: string): boolean {
    const line = this.lines.get(party);
    const index = line?.items.findIndex((item) => item.value === value) ?? -1;
    if (!line || index < 0) return false;
    line.items.splice(index, 1);
    this.count -= 1;
    this.leaveIfEmpty(party, line);
    return true;
  }

  private next(accepts?: (value: T) => boolean): [string, Line<T>] | undefined {
    let first: [string, Line<T>] | undefined;
    for (const one of this.lines) if (!first || one[1].startsAt < first[1].startsAt) first = one;
    if (!first || !accepts || accepts(first[1].items[0]!.value)) return first;
    const inTurn = [...this.lines].sort(([, a], [, b]) => a.startsAt - b.startsAt);
    return inTurn.find(([, { items }]) => accepts(items[0]!.value));
  }

  private lineOf(id: string): Line<T> {
    const known = this.lines.get(id);
    if (known) return known;
    const line = { startsAt: Math.max(this.now, this.ahead.get(id) ?? 0), items: [] };
    this.ahead.delete(id);
    this.lines.set(id, line);
    return line;
  }

  private forget(): void {
    if (this.count === 0 && this.ahead.size > MOST_AHEAD) this.now = Math.max(this.now, ...this.ahead.values());
    for (const [party, startsAt] of this.ahead) if (startsAt <= this.now) this.ahead.delete(party);
  }

  private leaveIfEmpty(id: string, line: Line<T>): void {
    if (line.items.length > 0) return;
    this.lines.delete(id);
    this.ahead.set(id, line.startsAt);
  }
}
