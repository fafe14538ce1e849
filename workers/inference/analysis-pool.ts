import type { Worker } from 'node:worker_threads';
import { DomainError } from '../../src/domain/errors';
import type { AnalysisPriority } from '../../src/ports/face-analyzer';
import { bulkShareOf, bulkThreadsOf, dispatch } from './analysis-dispatch';
import { AnalysisQueue, type PendingAnalysis } from './analysis-queue';
import { aborted, closing, threadsDied, tooLate, tooMany } from './analysis-refusals';
import { AnalysisWorker } from './analysis-worker';
import { announcedPixels } from './image-size';
import type { EngineOptions } from './pack-engine';
import type { LocatedPack } from './pack-files';
import type { AnyManifest, PackKind } from './manifests';
import { packIdOf } from './pack-manifest';
import { locatePacks, type PackPlacesOptions } from './pack-registry';
import { PixelRoom } from './pixel-room';
import type { AnswerOf, FromThread, PackFailure, ThreadAnswer, ThreadJob } from './thread-messages';

/** A thread that dies this often in a row without finishing anything is left dead until somebody asks again. */
const MAX_DEATHS_IN_A_ROW = 3;
/** What `setTimeout` can count; a longer wait would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const DEFAULT_MAX_QUEUED_BYTES = 512 * 1024 * 1024;
const DEFAULT_MAX_PIXELS_IN_FLIGHT = 64_000_000;
/** When to send again what was refused because too much waits, at the earliest. */
const RETRY_MS = 1_000;
/** Searches are taken to go on for so long after one came. */
const SEARCHING_MS = 1_000;
/** How much the last request counts in the mean time of one. */
const SMOOTHING = 0.1;

export interface AnalysisPoolOptions extends PackPlacesOptions, EngineOptions {
  /** Threads, each with its own copy of the nets. */
  readonly threads: number;
  /**
   * Encoded images that may wait, in bytes, before requests are refused with RATE_LIMITED; for searches and enrolment
   * each, so that neither keeps the other out. @default 512 MiB
   */
  readonly maxQueuedBytes?: number;
  /** Pixels of large images that all threads together hold, decoded or about to be. @default 64 million */
  readonly maxPixelsInFlight?: number;
  /** A sentence for the log: a pack that does not serve, a thread that died. */
  readonly onWarning?: (message: string) => void;
  /** Every thread that is started, for metrics and for tests that break one. */
  readonly onThreadStart?: (thread: Worker) => void;
}

/** What is asked of a thread, beside the job itself. */
export interface Submission {
  readonly priority: AnalysisPriority;
  /** Parties that wait take turns. @default one for all that name none */
  readonly party?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

type NewJob<Job extends ThreadJob = ThreadJob> = Job extends ThreadJob ? Omit<Job, 'id'> : never;

/** The worker threads of this process that look at images, and what waits for them: packs of every kind share them, in turns. */
export class AnalysisPool {
  readonly #located: LocatedPack<AnyManifest>[] = [];
  readonly #options: AnalysisPoolOptions;
  readonly #room: PixelRoom;
  readonly #queue: AnalysisQueue;
  readonly #workers = new Set<AnalysisWorker>();
  #serving: readonly AnyManifest[] = [];
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

  constructor(options: AnalysisPoolOptions) {
    this.#options = options;
    this.#room = new PixelRoom(options.maxPixelsInFlight ?? DEFAULT_MAX_PIXELS_IN_FLIGHT);
    this.#queue = new AnalysisQueue(this.#room);
  }

  /** Pixels of large images that threads hold. */
  get pixelsInFlight(): number {
    return this.#room.held;
  }

  /**
   * Finds, loads and tests more packs, in every thread. Those that serve already go on when these are ready.
   *
   * @param wanted `name@version`, or `name` for the newest version.
   * @param kind what they must be.
   */
  async serve(wanted: readonly string[], kind: PackKind = 'recognition'): Promise<void> {
    const known = new Set(this.#located.map(({ manifest }) => packIdOf(manifest)));
    const { packs, failures } = await locatePacks(wanted, this.#options, kind);
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

  /** Why packs do not serve, by what they were asked for as. */
  get failures(): ReadonlyMap<string, string> {
    return this.#failures;
  }

  /** What serves, in the order in which it was asked for. Another array when that changes. */
  get serving(): readonly AnyManifest[] {
    return this.#serving;
  }

  #fail({ packId, reason }: PackFailure): void {
    if (this.#failures.has(packId)) return;
    this.#failures.set(packId, reason);
    this.#options.onWarning?.(`Pack ${packId} does not serve: ${reason}`);
  }

  #describe(): void {
    this.#serving =
      this.#workers.size === 0
        ? []
        : this.#located.map(({ manifest }) => manifest).filter((one) => !this.#failures.has(packIdOf(one)));
  }

  /** Runtime and backend of each pack. */
  runtimes(): Readonly<Record<string, string>> {
    return this.#runtimes;
  }

  /**
   * Has a thread do a job of a pack that serves.
   *
   * @throws DomainError as {@link FaceAnalyzer} says, but for packs that do not serve.
   */
  submit<Job extends NewJob>(job: Job, submission: Submission): Promise<AnswerOf<Job['kind']>> {
    try {
      this.#assertAcceptable(job, submission);
    } catch (error) {
      return Promise.reject(error);
    }
    return new Promise((resolve, reject) => {
      const { signal, priority, party = '' } = submission;
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
        pixels: announcedPixels(job.image),
        enqueuedAtMs: performance.now(),
        deaths: 0,
        resolve: (answer) => {
          settle();
          resolve(answer as AnswerOf<Job['kind']>);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      };
      const onAbort = (): void => {
        this.#queue.remove(pending);
        pending.reject(aborted(signal));
        // It may be what others waited behind.
        this.#dispatch();
      };
      signal?.addEventListener('abort', onAbort);
      if (job.deadlineMs !== undefined) {
        timer = setTimeout(
          () => {
            if (!this.#queue.remove(pending)) return;
            pending.reject(priority === 'INTERACTIVE' ? tooMany(RETRY_MS) : tooLate());
            this.#dispatch();
          },
          Math.min(job.deadlineMs - Date.now(), LONGEST_TIMER_MS),
        );
      }
      this.#queue.push(pending);
      this.#fill();
      this.#dispatch();
    });
  }

  /** Finishes what has begun, refuses the rest. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const pending of this.#queue.takeAll()) pending.reject(closing());
    const busy = (): boolean => [...this.#workers].some((worker) => !worker.ready || worker.inHand.size > 0);
    await this.#until(() => !busy());
    await Promise.all([...this.#workers].map((worker) => worker.close()));
  }

  #assertAcceptable({ deadlineMs, image }: NewJob, { signal, priority, party = '' }: Submission): void {
    if (this.#closing) throw closing();
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
    const isSearching = performance.now() - this.#searchedAtMs < SEARCHING_MS || this.#queue.waits('INTERACTIVE');
    dispatch(this.#queue, this.#workers, bulkThreadsOf(this.#options.threads, isSearching));
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
      if (pending) this.#room.give(pending);
      if (message.kind === 'error') {
        pending?.reject(new DomainError(message.error.code, message.error.message, { details: message.error.details }));
      } else if (pending !== undefined) {
        if (pending.priority === 'INTERACTIVE') this.#measure(workedMs(message.answer));
        pending.resolve(withQueueTime(message.answer, pending));
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
      this.#room.give(pending);
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

function workedMs({ timings: { queue: _, ...stages } }: ThreadAnswer): number {
  return Object.values(stages).reduce((sum, ms) => sum + ms, 0);
}

function withQueueTime(answer: ThreadAnswer, pending: PendingAnalysis): ThreadAnswer {
  const queue = Math.max(0, performance.now() - pending.enqueuedAtMs - workedMs(answer));
  return { ...answer, timings: { ...answer.timings, queue } } as ThreadAnswer;
}
