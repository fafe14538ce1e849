import { existsSync } from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { PendingAnalysis } from './analysis-queue';
import type { AnyManifest } from './manifests';
import type { LocatedPack } from './pack-files';
import type { FromThread, ThreadSettings, ToThread } from './thread-messages';

/** The compiled entry, also when this file itself runs from TypeScript (tests). */
function threadEntry(): string {
  const beside = path.join(__dirname, 'analysis-thread.js');
  const compiled = path.resolve(__dirname, '../../dist/workers/inference/analysis-thread.js');
  for (const candidate of [beside, compiled]) if (existsSync(candidate)) return candidate;
  throw new Error(`${compiled} is missing: run npm run build`);
}

export interface AnalysisWorkerEvents {
  readonly onMessage: (worker: AnalysisWorker, message: FromThread) => void;
  /** Once, whatever ended the thread; what it still had in hand is left in `inHand`. */
  readonly onExit: (worker: AnalysisWorker, reason: string) => void;
}

/** The main thread's end of one analysis thread. */
export class AnalysisWorker {
  /** Requests that the thread has and has not answered, by id. */
  readonly inHand = new Map<number, PendingAnalysis>();
  ready = false;
  readonly thread: Worker;
  readonly exited: Promise<void>;

  readonly #interactiveGiven = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

  constructor(settings: Omit<ThreadSettings, 'interactiveGiven'>, events: AnalysisWorkerEvents) {
    const workerData: ThreadSettings = { ...settings, interactiveGiven: this.#interactiveGiven };
    this.thread = new Worker(threadEntry(), { workerData, execArgv: [] });
    let reason = 'it ended by itself';
    this.thread.on('message', (message: FromThread) => events.onMessage(this, message));
    this.thread.on('error', (error: Error) => (reason = error.message));
    this.exited = new Promise((resolve) => {
      this.thread.once('exit', () => {
        this.ready = false;
        events.onExit(this, reason);
        resolve();
      });
    });
  }

  /** Gives it more packs to load and test; it is ready again when that is done. */
  load(packs: readonly LocatedPack<AnyManifest>[]): void {
    if (packs.length === 0) return;
    this.ready = false;
    this.thread.postMessage({ kind: 'load', packs } satisfies ToThread);
  }

  has(priority: PendingAnalysis['priority']): boolean {
    for (const pending of this.inHand.values()) if (pending.priority === priority) return true;
    return false;
  }

  /** Whether it has a request of the party in hand. */
  holds(party: string): boolean {
    for (const pending of this.inHand.values()) if (pending.party === party && pending.priority === 'BULK') return true;
    return false;
  }

  /** BULK requests that it has in hand. */
  get bulkInHand(): number {
    let count = 0;
    for (const pending of this.inHand.values()) if (pending.priority === 'BULK') count++;
    return count;
  }

  /** Whether it has an image that another thread died with, which must not take others with it. */
  hasSuspect(): boolean {
    for (const { deaths } of this.inHand.values()) if (deaths > 0) return true;
    return false;
  }

  bulk(batch: readonly PendingAnalysis[]): void {
    this.#give(batch, { kind: 'bulk', jobs: batch.map(({ job }) => job) });
  }

  /** Lets the image go ahead of what the thread has. */
  ahead(pending: PendingAnalysis): void {
    this.#give([pending], { kind: 'interactive', job: pending.job });
    Atomics.add(this.#interactiveGiven, 0, 1);
  }

  /** Lets the thread finish what it has, then ends it. */
  async close(): Promise<void> {
    this.thread.postMessage({ kind: 'close' } satisfies ToThread);
    await this.exited;
  }

  #give(batch: readonly PendingAnalysis[], message: ToThread): void {
    for (const pending of batch) this.inHand.set(pending.job.id, pending);
    this.thread.postMessage(message);
  }
}
