import type { AnalysisQueue } from './analysis-queue';
import type { AnalysisWorker } from './analysis-worker';

/** Images a thread gets at once. A search waits for one step of one of them, not for all. */
export const BULK_BATCH = 4;
/** Of all threads' time together, what bulk keeps while searches come without end: a little above a quarter. */
const BULK_SHARE = 0.3;
const MOST_BULK_SHARE = 0.75;

/** Of the time of a thread that has bulk images, while only {@link BULK_SHARE} of all is theirs. */
export function bulkShareOf(threads: number): number {
  return Math.min(MOST_BULK_SHARE, (BULK_SHARE * threads) / bulkThreadsOf(threads, true));
}

/** Threads that may have bulk images: while searches come, half of them, so that a search finds one that is free. */
export function bulkThreadsOf(threads: number, isSearching: boolean): number {
  return isSearching ? Math.max(1, Math.floor(threads / 2)) : threads;
}

/**
 * Gives threads what waits: first what a thread has died with, to one that is empty; then searches; then bulk.
 *
 * @param bulkThreads how many threads may have bulk images.
 */
export function dispatch(queue: AnalysisQueue, workers: ReadonlySet<AnalysisWorker>, bulkThreads: number): void {
  const ready = [...workers].filter((worker) => worker.ready && !worker.hasSuspect());
  dispatchSuspects(queue, ready);
  // With a suspect waiting, the last thread is let run empty for it.
  const open = queue.hasSuspect ? ready.slice(0, -1) : ready;
  const byIdleness = open.filter((one) => !one.has('INTERACTIVE')).sort((a, b) => a.bulkInHand - b.bulkInHand);
  for (const worker of byIdleness) {
    const pending = queue.takeInteractive();
    if (pending === undefined) break;
    worker.ahead(pending);
  }
  dispatchBulk(queue, workers, open, bulkThreads);
}

function dispatchSuspects(queue: AnalysisQueue, ready: readonly AnalysisWorker[]): void {
  for (const worker of ready) {
    if (worker.inHand.size > 0) continue;
    const suspect = queue.takeSuspect();
    if (suspect === undefined) return;
    worker.bulk([suspect]);
  }
}

function dispatchBulk(
  queue: AnalysisQueue,
  workers: ReadonlySet<AnalysisWorker>,
  open: readonly AnalysisWorker[],
  most: number,
): void {
  const busy = open.filter((worker) => worker.bulkInHand > 0);
  const idle = open
    .filter((worker) => worker.bulkInHand === 0 && !worker.hasSuspect())
    .sort((a, b) => a.inHand.size - b.inHand.size)
    .slice(0, Math.max(0, most - busy.length));
  for (const [i, worker] of idle.entries()) {
    const batch = queue.takeBulk(BULK_BATCH, idle.length - i);
    if (batch.length === 0) return;
    worker.bulk(batch);
  }
  letNewcomersPass(queue, workers, busy);
  // A thread that has the next batch already does not stand still until this one has heard of the last.
  for (const worker of busy.slice(0, most)) {
    if (!queue.hasBatch(BULK_BATCH)) break;
    const batch = worker.bulkInHand <= BULK_BATCH ? queue.takeBulk(BULK_BATCH, 1) : [];
    if (batch.length > 0) worker.bulk(batch);
  }
}

/** A party with nothing in the threads' hands does not wait for the batches of others that are. */
function letNewcomersPass(
  queue: AnalysisQueue,
  workers: ReadonlySet<AnalysisWorker>,
  busy: readonly AnalysisWorker[],
): void {
  for (const worker of busy) {
    const party = queue.nextBulkParty();
    const held = [...workers].some((one) => one.holds(party ?? ''));
    if (party === undefined || held) return;
    const [pending] = queue.takeBulk(1, 1);
    if (pending) worker.ahead(pending);
  }
}
