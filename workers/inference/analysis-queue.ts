import type { AnalysisPriority, AnalyzedImage } from '../../src/ports/face-analyzer';
import type { ThreadJob } from './thread-messages';

/** A request that somebody waits for. */
export interface PendingAnalysis {
  readonly job: ThreadJob;
  readonly priority: AnalysisPriority;
  /** From `performance.now()`. */
  readonly enqueuedAtMs: number;
  /** How many threads died with it. */
  deaths: number;
  readonly resolve: (image: AnalyzedImage) => void;
  readonly reject: (error: unknown) => void;
}

/** What waits for a thread: INTERACTIVE requests ahead of all BULK ones, each kind first come, first served. */
export class AnalysisQueue {
  readonly #waiting: Record<AnalysisPriority, PendingAnalysis[]> = { INTERACTIVE: [], BULK: [] };
  readonly #bytes: Record<AnalysisPriority, number> = { INTERACTIVE: 0, BULK: 0 };

  /** Encoded bytes of the waiting images of one kind. */
  bytesOf(priority: AnalysisPriority): number {
    return this.#bytes[priority];
  }

  push(pending: PendingAnalysis): void {
    this.#waiting[pending.priority].push(pending);
    this.#bytes[pending.priority] += pending.job.image.length;
  }

  /** For a request that has been at the head before. */
  putBack(pending: PendingAnalysis): void {
    this.#waiting[pending.priority].unshift(pending);
    this.#bytes[pending.priority] += pending.job.image.length;
  }

  /** @returns whether it was still waiting. */
  remove(pending: PendingAnalysis): boolean {
    const waiting = this.#waiting[pending.priority];
    const index = waiting.indexOf(pending);
    if (index < 0) return false;
    this.#taken(waiting.splice(index, 1));
    return true;
  }

  takeInteractive(): PendingAnalysis | undefined {
    return this.#taken(this.#waiting.INTERACTIVE.splice(0, 1))[0];
  }

  /** Whether so many BULK requests wait, and no thread died with any of them. */
  hasBatch(size: number): boolean {
    const waiting = this.#waiting.BULK;
    return waiting.length >= size && waiting.slice(0, size).every(({ deaths }) => deaths === 0);
  }

  /**
   * The next BULK requests of one pack, at most `most`, at most a fair share for each of `threads` idle threads. One that a
   * thread died with comes alone, so that it harms no other if it is what kills threads.
   */
  takeBulk(most: number, threads: number): PendingAnalysis[] {
    const waiting = this.#waiting.BULK;
    const share = Math.min(most, Math.ceil(waiting.length / threads));
    let count = 0;
    while (count < share && waiting[count]!.job.packId === waiting[0]!.job.packId && waiting[count]!.deaths === 0)
      count++;
    return this.#taken(waiting.splice(0, Math.max(count, Math.min(1, waiting.length))));
  }

  takeAll(): PendingAnalysis[] {
    return this.#taken([...this.#waiting.INTERACTIVE.splice(0), ...this.#waiting.BULK.splice(0)]);
  }

  #taken(taken: PendingAnalysis[]): PendingAnalysis[] {
    for (const { job, priority } of taken) this.#bytes[priority] -= job.image.length;
    return taken;
  }
}
