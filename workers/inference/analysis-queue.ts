import { TurnQueue } from '../../src/domain/turn-queue';
import type { AnalysisPriority } from '../../src/ports/face-analyzer';
import type { PixelRoom } from './pixel-room';
import type { ThreadAnswer, ThreadJob } from './thread-messages';

/** So many pixels cost as much of a party's turns as whatever else there is to an image. */
const PIXELS_A_TURN = 8_000_000;

/** A request that somebody waits for. */
export interface PendingAnalysis {
  readonly job: ThreadJob;
  readonly priority: AnalysisPriority;
  /** Whose it is. */
  readonly party: string;
  /** Of the decoded image, by its header. */
  readonly pixels: number;
  /** From `performance.now()`. */
  readonly enqueuedAtMs: number;
  /** How many threads died with it. */
  deaths: number;
  readonly resolve: (answer: ThreadAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * What waits for a thread: INTERACTIVE and BULK requests apart, and of each kind the parties in turns. A request that a
 * thread died with waits by itself. One whose image there is no room for is passed over, and what is taken has its room.
 */
export class AnalysisQueue {
  readonly #waiting: Record<AnalysisPriority, TurnQueue<PendingAnalysis>> = {
    INTERACTIVE: new TurnQueue(),
    BULK: new TurnQueue(),
  };
  readonly #suspects: PendingAnalysis[] = [];
  readonly #bytes = { INTERACTIVE: new Map<string, number>(), BULK: new Map<string, number>() };
  readonly #fits = (pending: PendingAnalysis): boolean => this.room.admits(pending);

  constructor(private readonly room: PixelRoom) {}

  /** Encoded bytes of the waiting images of one kind; of one party's, where it is named. */
  bytesOf(priority: AnalysisPriority, party?: string): number {
    const bytes = this.#bytes[priority];
    if (party !== undefined) return bytes.get(party) ?? 0;
    return [...bytes.values()].reduce((sum, one) => sum + one, 0);
  }

  /** How many requests of a kind would be answered before another one of this party, with all parties in turns. */
  aheadOf(priority: AnalysisPriority, party: string): number {
    const waiting = this.#waiting[priority];
    const own = waiting.sizeOf(party);
    const others = waiting.parties - (own > 0 ? 1 : 0);
    return Math.min(waiting.size, own + (own + 1) * others);
  }

  get hasSuspect(): boolean {
    return this.#suspects.length > 0;
  }

  waits(priority: AnalysisPriority): boolean {
    return this.sizeOf(priority) > 0;
  }

  /** How many requests of a kind wait, those that a thread died with apart. */
  sizeOf(priority: AnalysisPriority): number {
    return this.#waiting[priority].size;
  }

  push(pending: PendingAnalysis): void {
    const cost = 1 + pending.pixels / PIXELS_A_TURN;
    this.#waiting[pending.priority].push(pending, { id: pending.party }, cost);
    this.#count(pending, 1);
  }

  /** For a request that has been at the head before, and that a thread died with. */
  putBack(pending: PendingAnalysis): void {
    this.#suspects.unshift(pending);
    this.#count(pending, 1);
  }

  /** @returns whether it was still waiting. */
  remove(pending: PendingAnalysis): boolean {
    const index = this.#suspects.indexOf(pending);
    const found = index >= 0 || this.#waiting[pending.priority].remove(pending, pending.party);
    if (index >= 0) this.#suspects.splice(index, 1);
    if (found) this.#count(pending, -1);
    this.room.forget(pending);
    return found;
  }

  takeInteractive(): PendingAnalysis | undefined {
    return this.#taken(this.#waiting.INTERACTIVE.shift(this.#fits));
  }

  /** One that a thread died with: it comes alone, so that it harms no other if it is what kills threads. */
  takeSuspect(): PendingAnalysis | undefined {
    const first = this.#suspects[0];
    return first && this.room.admits(first) ? this.#taken(this.#suspects.shift()) : undefined;
  }

  /** The party whose BULK request is next. */
  nextBulkParty(): string | undefined {
    return this.#waiting.BULK.peek(this.#fits)?.party;
  }

  /** Whether so many BULK requests wait. */
  hasBatch(size: number): boolean {
    return this.#waiting.BULK.size >= size;
  }

  /** The next BULK requests of one pack, at most `most`, at most a fair share for each of `threads` idle threads. */
  takeBulk(most: number, threads: number): PendingAnalysis[] {
    const waiting = this.#waiting.BULK;
    const share = Math.min(most, Math.ceil(waiting.size / threads));
    const batch: PendingAnalysis[] = [];
    const hasPack = ({ job }: PendingAnalysis): boolean => job.packId === (batch[0]?.job.packId ?? job.packId);
    while (batch.length < share) {
      const next = waiting.peek(this.#fits);
      if (!next || !hasPack(next)) break;
      batch.push(this.#taken(waiting.shift((one) => one === next))!);
    }
    return batch;
  }

  /** All that waits, room or not: nothing of it will be done. */
  takeAll(): PendingAnalysis[] {
    const { INTERACTIVE, BULK } = this.#waiting;
    const all = this.#suspects.splice(0);
    for (const waiting of [INTERACTIVE, BULK]) {
      for (let next = waiting.shift(); next; next = waiting.shift()) all.push(next);
    }
    for (const pending of all) {
      this.#count(pending, -1);
      this.room.forget(pending);
    }
    return all;
  }

  #taken(pending: PendingAnalysis | undefined): PendingAnalysis | undefined {
    if (!pending) return undefined;
    this.#count(pending, -1);
    this.room.take(pending);
    return pending;
  }

  #count({ job, priority, party }: PendingAnalysis, sign: 1 | -1): void {
    const bytes = this.#bytes[priority];
    const left = (bytes.get(party) ?? 0) + sign * job.image.length;
    if (left > 0) bytes.set(party, left);
    else bytes.delete(party);
  }
}
