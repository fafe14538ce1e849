import type { Worker } from 'node:worker_threads';
import { DomainError } from '../../src/domain/errors';
import type {
  AnalysisPriority,
  AnalyzedImage,
  AnalyzeRequest,
  FaceAnalyzer,
  PackDescription,
} from '../../src/ports/face-analyzer';
import { AnalysisQueue, type PendingAnalysis } from './analysis-queue';
import { AnalysisWorker } from './analysis-worker';
import type { EngineOptions } from './pack-engine';
import type { LocatedPack } from './pack-files';
import { packIdOf } from './pack-manifest';
import { describePack, locatePacks, type PackPlacesOptions } from './pack-registry';
import type { FromThread, PackFailure } from './thread-messages';

/** Images a thread gets at once. A search waits for one step of one of them, not for all. */
export const BULK_BATCH = 4;
/** A thread that dies this often in a row without finishing anything is left dead until somebody asks again. */
const MAX_DEATHS_IN_A_ROW = 3;
/** What `setTimeout` can count; a longer wait would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const DEFAULT_MAX_QUEUED_BYTES = 512 * 1024 * 1024;
/** When to send again what was refused because too much waits, at the earliest. */
const RETRY_MS = 1_000;
/** Searches are taken to go on for so long after one came. */
const SEARCHING_MS = 1_000;
/** Of all threads' time together, what bulk keeps while searches come without end: a little above a quarter. */
const BULK_SHARE = 0.3;
const MOST_BULK_SHARE = 0.75;
/** How much the last request counts in the mean time of one. */
const SMOOTHING = 0.1;

export interface FaceAnalyzerOptions extends PackPlacesOptions, EngineOptions {
  /** Names of the packs to serve. */
  readonly packs: readonly string[];
  /** Threads, each with its own copy of the nets. */
  readonly threads: number;
  /**
   * Encoded images that may wait, in bytes, before requests are refused with RATE_LIMITED; for searches and enrolment
   * each, so that neither keeps the other out. @default 512 MiB
   */
  readonly maxQueuedBytes?: number;
  /** A sentence for the log: a pack that does not serve, a thread that died. */
  readonly onWarning?: (message: string) => void;
  /** Every thread that is started, for metrics and for tests that break one. */
  readonly onThreadStart?: (thread: Worker) => void;
}

/**
 * FaceAnalyzer on a pool of worker threads of this process.
 *
 * @throws DomainError DEPENDENCY_UNAVAILABLE when none of the named packs passes its checksums and self-test.
 */
export async function createFaceAnalyzer(options: FaceAnalyzerOptions): Promise<ThreadedFaceAnalyzer> {
  const analyzer = await startFaceAnalyzer(options);
  try {
    analyzer.assertServes();
  } catch (error) {
    await analyzer.close();
    throw error;
  }
  return analyzer;
}

/** The same, with whatever packs pass; there may be none, and others may be asked to {@link ThreadedFaceAnalyzer.serve}. */
export async function startFaceAnalyzer(options: FaceAnalyzerOptions): Promise<ThreadedFaceAnalyzer> {
  const analyzer = new ThreadedFaceAnalyzer(options);
  await analyzer.serve(options.packs);
  return analyzer;
}

export class ThreadedFaceAnalyzer implements FaceAnalyzer {
  readonly #located: LocatedPack[] = [];
  readonly #options: FaceAnalyzerOptions;
  readonly #queue = new AnalysisQueue();
  readonly #workers = new Set<AnalysisWorker>();
  #packs: readonly PackDescription[] = [];
  #runtimes: Readonly<Record<string, string>> = {};
  /** Why packs do not serve, by what they were asked for as. */
  readonly #failures = new Map<string, string>();
  #deathsInARow = 0;
  #closing = false;
  #nextId = 1;
  #searchedAtMs = -Infinity;
  /** Mean time that a thread takes for an interactive request; 0 until one was measured. */
  #interactiveMs = 0;
  #onChange: (() => void)[] = [];

  constructor(options: FaceAnalyzerOptions) {
    this.#options = options;
  }

  /**
   * Finds, loads and tests more packs, in every thread. Those that serve already go on when these are ready.
   *
   * @param wanted `name@version`, or `name` for the newest version.
   */
  async serve(wanted: readonly string[]): Promise<void> {
    const known = new Set(this.#located.map(({ manifest }) => packIdOf(manifest)));
    const { packs, failures } = await locatePacks(wanted, this.#options);
    const added = packs.filter(({ manifest }) => !known.has(packIdOf(manifest)));
    this.#located.push(...added);
    for (const worker of this.#workers) worker.load(added);
    this.#fill();
    await this.#until(() => this.#workers.size === 0 || [...this.#workers].every((worker) => worker.ready));
    for (const failure of failures) this.#fail(failure);
    this.#describe();
    this.#dispatch();
  }

  /** Takes a pack out of service. */
  withdraw(failure: PackFailure): void {
    this.#fail(failure);
    this.#describe();
  }

  /** Requests that wait, and those that a thread has in its hands, by kind. */
  load(): Readonly<Record<AnalysisPriority, { readonly waiting: number; readonly running: number }>> {
    const inHand = [...this.#workers].flatMap((worker) => [...worker.inHand.values()]);
    const of = (priority: AnalysisPriority) => ({
      waiting: this.#queue.sizeOf(priority),
      running: inHand.filter((pending) => pending.priority === priority).length,
    });
    return { INTERACTIVE: of('INTERACTIVE'), BULK: of('BULK') };
  }

  /** Why a pack that was asked for does not serve; undefined when it does, or was never asked for. */
  whyNot(packId: string): string | undefined {
    return this.#failures.get(packId);
  }

  /** @throws DomainError DEPENDENCY_UNAVAILABLE when no pack serves. */
  assertServes(): void {
    if (this.#packs.length > 0) return;
    const reasons = [...this.#failures].map(([packId, reason]) => `${packId}: ${reason}`).join('; ');
    throw new DomainError(
      'DEPENDENCY_UNAVAILABLE',
      `No recognition pack can serve (${reasons || 'none was named'}). Set LIKENESS_PACKS to packs that npm run models -- list shows as ready.`,
      { retryable: false },
    );
  }

  #fail({ packId, reason }: PackFailure): void {
    if (this.#failures.has(packId)) return;
    this.#failures.set(packId, reason);
    this.#options.onWarning?.(`Pack ${packId} does not serve: ${reason}`);
  }

  #describe(): void {
    this.#packs =
      this.#workers.size === 0
        ? []
        : this.#located.map(({ manifest }) => describePack(manifest)).filter(({ id }) => !this.#failures.has(id));
  }

  packs(): readonly PackDescription[] {
    return this.#packs;
  }

  runtimes(): Readonly<Record<string, string>> {
    return this.#runtimes;
  }

  analyze(request: AnalyzeRequest): Promise<AnalyzedImage> {
    try {
      this.#assertAcceptable(request);
    } catch (error) {
      return Promise.reject(error);
    }
    return new Promise((resolve, reject) => {
      const { signal, priority, party = '', ...job } = request;
      if (priority === 'INTERACTIVE') this.#searchedAtMs = performance.now();
      let timer: NodeJS.Timeout | undefined;
      const settle = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      };
      const pending: PendingAnalysis = {
        job: { ...job, id: this.#nextId++ },
        priority,
        party,
        enqueuedAtMs: performance.now(),
        deaths: 0,
        resolve: (image) => {
          settle();
          resolve(image);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      };
      const onAbort = (): void => {
        this.#queue.remove(pending);
        pending.reject(aborted(signal));
      };
      signal?.addEventListener('abort', onAbort);
      if (job.deadlineMs !== undefined) {
        timer = setTimeout(
          () => {
            if (!this.#queue.remove(pending)) return;
            pending.reject(priority === 'INTERACTIVE' ? tooMany(RETRY_MS) : tooLate());
          },
          Math.min(job.deadlineMs - Date.now(), LONGEST_TIMER_MS),
        );
      }
      this.#queue.push(pending);
      this.#fill();
      this.#dispatch();
    });
  }

  async close(): Promise<void> {
    this.#closing = true;
    for (const pending of this.#queue.takeAll()) pending.reject(closing());
    const busy = (): boolean => [...this.#workers].some((worker) => !worker.ready || worker.inHand.size > 0);
    await this.#until(() => !busy());
    await Promise.all([...this.#workers].map((worker) => worker.close()));
  }

  #assertAcceptable({ packId, signal, deadlineMs, image, priority, party = '' }: AnalyzeRequest): void {
    if (this.#closing) throw closing();
    if (!this.#packs.some(({ id }) => id === packId)) {
      throw new DomainError(
        'MODEL_MISMATCH',
        `No recognition pack ${packId} serves here; there is ${this.#packs.map(({ id }) => id).join(', ')}.`,
      );
    }
    if (signal?.aborted === true) throw aborted(signal);
    if (deadlineMs !== undefined && Date.now() >= deadlineMs) throw tooLate();
    const most = this.#options.maxQueuedBytes ?? DEFAULT_MAX_QUEUED_BYTES;
    const own = this.#queue.bytesOf(priority, party) + image.length;
    if (own > (party === '' ? most : most / 2) || this.#queue.bytesOf(priority) + image.length > most) {
      throw tooMany(RETRY_MS);
    }
    if (deadlineMs === undefined || priority !== 'INTERACTIVE') return;
    const waitMs = (this.#queue.aheadOf(priority, party) * this.#interactiveMs) / this.#options.threads;
    const lateMs = Date.now() + waitMs - deadlineMs;
    if (lateMs > 0) throw tooMany(Math.ceil(Math.max(lateMs, RETRY_MS)));
  }

  /** Threads that may have bulk images: while searches come, half of them, so that a search finds one that is free. */
  get #bulkThreads(): number {
    const searching = performance.now() - this.#searchedAtMs < SEARCHING_MS || this.#queue.waits('INTERACTIVE');
    return searching ? Math.max(1, Math.floor(this.#options.threads / 2)) : this.#options.threads;
  }

  /** Starts the threads that are missing. */
  #fill(): void {
    if (this.#closing) return;
    while (this.#workers.size < this.#options.threads) {
      const worker = new AnalysisWorker(
        {
          packs: this.#located,
          engine: { checksUpright: this.#options.checksUpright ?? true },
          bulkShare: bulkShareOf(this.#options.threads),
        },
        {
          onMessage: (from, message) => this.#onMessage(from, message),
          onExit: (from, reason) => this.#onExit(from, reason),
        },
      );
      this.#workers.add(worker);
      this.#options.onThreadStart?.(worker.thread);
    }
  }

  #dispatch(): void {
    const ready = [...this.#workers].filter((worker) => worker.ready && !worker.hasSuspect());
    this.#dispatchSuspects(ready);
    // With a suspect waiting, the last thread is let run empty for it.
    const open = this.#queue.hasSuspect ? ready.slice(0, -1) : ready;
    const byIdleness = open.filter((one) => !one.has('INTERACTIVE')).sort((a, b) => a.bulkInHand - b.bulkInHand);
    for (const worker of byIdleness) {
      const pending = this.#queue.takeInteractive();
      if (pending === undefined) break;
      worker.ahead(pending);
    }
    this.#dispatchBulk(open);
  }

  #dispatchSuspects(ready: readonly AnalysisWorker[]): void {
    for (const worker of ready) {
      if (worker.inHand.size > 0) continue;
      const suspect = this.#queue.takeSuspect();
      if (suspect === undefined) return;
      worker.bulk([suspect]);
    }
  }

  #dispatchBulk(open: readonly AnalysisWorker[]): void {
    const most = this.#bulkThreads;
    const busy = open.filter((worker) => worker.bulkInHand > 0);
    const idle = open
      .filter((worker) => worker.bulkInHand === 0 && !worker.hasSuspect())
      .sort((a, b) => a.inHand.size - b.inHand.size)
      .slice(0, Math.max(0, most - busy.length));
    for (const [i, worker] of idle.entries()) {
      const batch = this.#queue.takeBulk(BULK_BATCH, idle.length - i);
      if (batch.length === 0) return;
      worker.bulk(batch);
    }
    this.#letNewcomersPass(busy);
    // A thread that has the next batch already does not stand still until this one has heard of the last.
    for (const worker of busy.slice(0, most)) {
      if (!this.#queue.hasBatch(BULK_BATCH)) break;
      if (worker.bulkInHand <= BULK_BATCH) worker.bulk(this.#queue.takeBulk(BULK_BATCH, 1));
    }
  }

  /** A party with nothing in the threads' hands does not wait for the batches of others that are. */
  #letNewcomersPass(busy: readonly AnalysisWorker[]): void {
    for (const worker of busy) {
      const party = this.#queue.nextBulkParty();
      const held = [...this.#workers].some((one) => one.holds(party ?? ''));
      if (party === undefined || held) return;
      const [pending] = this.#queue.takeBulk(1, 1);
      if (pending) worker.ahead(pending);
    }
  }

  #onMessage(worker: AnalysisWorker, message: FromThread): void {
    if (message.kind === 'ready') {
      worker.ready = true;
      this.#runtimes = { ...this.#runtimes, ...message.runtimes };
      for (const failure of message.failures) this.#fail(failure);
    } else {
      this.#deathsInARow = 0;
      const pending = worker.inHand.get(message.id);
      worker.inHand.delete(message.id);
      if (message.kind === 'error') {
        pending?.reject(new DomainError(message.error.code, message.error.message, { details: message.error.details }));
      } else if (pending !== undefined) {
        if (pending.priority === 'INTERACTIVE') this.#measure(workedMs(message.image));
        pending.resolve(withQueueTime(message.image, pending));
      }
    }
    this.#dispatch();
    this.#changed();
  }

  #measure(ms: number): void {
    this.#interactiveMs = this.#interactiveMs === 0 ? ms : this.#interactiveMs + SMOOTHING * (ms - this.#interactiveMs);
  }

  #onExit(worker: AnalysisWorker, reason: string): void {
    this.#workers.delete(worker);
    if (this.#closing && worker.inHand.size === 0) {
      this.#changed();
      return;
    }
    this.#options.onWarning?.(`An analysis thread died (${reason}) with ${worker.inHand.size} images in hand.`);
    for (const pending of [...worker.inHand.values()].reverse()) {
      pending.deaths++;
      if (pending.deaths > 1 || this.#closing) pending.reject(threadsDied());
      else this.#queue.putBack(pending);
    }
    this.#deathsInARow++;
    if (this.#deathsInARow <= MAX_DEATHS_IN_A_ROW) this.#fill();
    else if (this.#workers.size === 0) for (const pending of this.#queue.takeAll()) pending.reject(threadsDied());
    this.#dispatch();
    this.#changed();
  }

  #changed(): void {
    for (const check of this.#onChange.splice(0)) check();
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#onChange.push(resolve));
  }
}

/** Of the time of a thread that has bulk images, while only {@link BULK_SHARE} of all is theirs. */
function bulkShareOf(threads: number): number {
  return Math.min(MOST_BULK_SHARE, (BULK_SHARE * threads) / Math.max(1, Math.floor(threads / 2)));
}

function workedMs({ timings: { queue: _, ...stages } }: AnalyzedImage): number {
  return Object.values(stages).reduce((sum, ms) => sum + ms, 0);
}

function withQueueTime(image: AnalyzedImage, pending: PendingAnalysis): AnalyzedImage {
  const queue = Math.max(0, performance.now() - pending.enqueuedAtMs - workedMs(image));
  return { ...image, timings: { ...image.timings, queue } };
}

const closing = (): DomainError =>
  new DomainError('DEPENDENCY_UNAVAILABLE', 'The analyzer is shutting down: send the image again when it is back.');

const threadsDied = (): DomainError =>
  new DomainError(
    'DEPENDENCY_UNAVAILABLE',
    'The threads that analysed this image died, twice: try another image, and report this one if it happens again.',
    { retryable: false },
  );

const tooMany = (retryAfterMs: number): DomainError =>
  new DomainError('RATE_LIMITED', 'Too many images wait for analysis: send this one again in a moment.', {
    details: { retryAfterMs },
  });

const tooLate = (): DomainError =>
  new DomainError('TIMEOUT', 'The deadline passed before the analysis began: allow more time or send fewer images.');

const aborted = (signal: AbortSignal | undefined): DomainError =>
  new DomainError('TIMEOUT', 'The caller gave up before the image was analysed.', { cause: signal?.reason });
