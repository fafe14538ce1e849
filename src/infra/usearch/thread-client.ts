import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { DomainError } from '../../domain/errors';
import type { CallName, ThreadCalls, ThreadMessage, ThreadSettings } from './thread-protocol';

interface PendingCall {
  /** Takes what the thread answered to this call; its type is the protocol's promise. */
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

const ENTRY = 'usearch-thread.js';

/**
 * Asks the index thread and waits for its answers. The thread starts with the first call, and again with the next one
 * after it has died; then every space has to be opened anew. It is never terminated: stopping the engine in the middle
 * of a call ends the whole process.
 */
export class ThreadClient {
  private worker: Worker | undefined;
  private readonly pending = new Map<number, PendingCall>();
  private nextId = 1;
  private closing: Promise<void> | undefined;

  constructor(
    private readonly settings: ThreadSettings,
    private readonly timeoutMs: number,
    private readonly warn: (message: string) => void,
  ) {}

  call<Name extends CallName>(
    call: Name,
    args: ThreadCalls[Name]['args'],
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<ThreadCalls[Name]['result']> {
    if (this.closing) return Promise.reject(unavailable('The vector index is closed because the process is stopping.'));
    return this.send(call, args, transfer, this.timeoutMs);
  }

  /** Resolves when all is on disk and the thread has ended by itself. */
  close(): Promise<void> {
    this.closing ??= this.drain();
    return this.closing;
  }

  private async drain(): Promise<void> {
    const worker = this.worker;
    if (!worker) return;
    const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    await this.send('close', {}, [], 2 ** 31 - 1);
    await exited;
  }

  private send<Name extends CallName>(
    call: Name,
    args: ThreadCalls[Name]['args'],
    transfer: readonly ArrayBuffer[],
    timeoutMs: number,
  ): Promise<ThreadCalls[Name]['result']> {
    const worker = (this.worker ??= this.start());
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.pending.delete(id);
        reject(new DomainError('TIMEOUT', `The vector index did not answer within ${timeoutMs} ms. Try again.`));
      }, timeoutMs).unref();
      this.pending.set(id, {
        resolve: (result) => resolve(result as ThreadCalls[Name]['result']),
        reject,
        timer,
      });
      worker.postMessage({ id, call, args }, transfer);
    });
  }

  private start(): Worker {
    const worker = new Worker(threadFile(), { workerData: this.settings });
    worker.on('message', (message: ThreadMessage) => this.receive(message));
    worker.on('error', (error) => this.warn(`The index thread has died: ${error.message}`));
    worker.on('exit', () => {
      if (this.worker === worker) this.worker = undefined;
      for (const id of [...this.pending.keys()]) {
        this.settle(id)?.reject(
          unavailable('The vector index has stopped and is being started again. Try again.', true),
        );
      }
    });
    return worker;
  }

  private receive(message: ThreadMessage): void {
    if ('warning' in message) return this.warn(message.warning);
    const call = this.settle(message.id);
    if (!call) return;
    if ('error' in message) call.reject(unavailable(`The vector index failed: ${message.error}.`, message.notOpen));
    else call.resolve(message.result);
  }

  private settle(id: number): PendingCall | undefined {
    const call = this.pending.get(id);
    clearTimeout(call?.timer);
    this.pending.delete(id);
    return call;
  }
}

function unavailable(message: string, spaceNotOpen = false): DomainError {
  return new DomainError('DEPENDENCY_UNAVAILABLE', message, { details: { engine: 'usearch', spaceNotOpen } });
}

/** The compiled entry: beside this file when that is compiled too, else (tests from TypeScript) in the package's dist/. */
function threadFile(): string {
  const beside = join(__dirname, ENTRY);
  if (existsSync(beside)) return beside;
  let root = __dirname;
  while (!existsSync(join(root, 'package.json'))) root = dirname(root);
  const built = join(root, 'dist', 'src', 'infra', 'usearch', ENTRY);
  if (!existsSync(built)) throw new Error(`The index thread is not built (${built}). Run: npm run build`);
  return built;
}
