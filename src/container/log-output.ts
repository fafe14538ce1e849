import { fstatSync, write, writeSync } from 'node:fs';

type Written = (error: NodeJS.ErrnoException | null | undefined, bytes: number) => void;

export interface LogOutputOptions {
  /** Standard output or standard error. */
  readonly fd: 1 | 2;
  /** Bytes that may wait for the output; lines beyond are dropped. @default 1 MiB */
  readonly maxPendingBytes?: number;
  /** The output takes lines again: how many were dropped meanwhile. */
  readonly onRecovered: (dropped: number) => void;
}

const MAX_PENDING_BYTES = 1024 * 1024;
/** How long to wait before a disk that was full, or a reader that was gone, is tried again. */
const RETRY_MS = 1_000;
/** A pipe whose reader is a little behind. */
const BUSY_MS = 20;
/** Whose write has not come back for so long waits for a reader that has stopped. */
const STALLED_MS = 500;

let droppedInAll = 0;

/** Lines that the outputs of this process did not take since its start. */
export function droppedLogLines(): number {
  return droppedInAll;
}

/**
 * Where log lines go. It never blocks, throws or ends the process: what the output does not take (a full disk, a terminal
 * that is held, a reader that is gone) waits, up to a limit, and is dropped and counted beyond. One write is under way at a
 * time, so lines come whole and in order.
 */
export class LogOutput {
  /** Lines that were dropped since the start. */
  private dropped = 0;
  private reported = 0;
  private pending: string[] = [];
  private pendingBytes = 0;
  /** What is being written, less what was taken of it. */
  private current: Buffer = Buffer.alloc(0);
  private writingSince: number | undefined;
  private retry: NodeJS.Timeout | undefined;

  private readonly writeOut: (bytes: Buffer, written: Written) => void;

  constructor(private readonly options: LogOutputOptions) {
    this.writeOut = writerTo(options.fd);
    process.once('exit', () => this.flush());
    // Who prints a sentence beside the log (console.log) must not end the process either.
    for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  }

  /** @param line ends with a line break. */
  write(line: string): void {
    const bytes = Buffer.byteLength(line);
    if (this.pendingBytes + bytes > (this.options.maxPendingBytes ?? MAX_PENDING_BYTES)) {
      this.dropped++;
      droppedInAll++;
      return;
    }
    this.pending.push(line);
    this.pendingBytes += bytes;
    this.next();
  }

  private next(): void {
    if (this.writingSince !== undefined || this.retry) return;
    if (this.current.length === 0) {
      if (this.pending.length === 0) return;
      this.current = this.take();
    }
    this.writingSince = performance.now();
    this.writeOut(this.current, (error, written) => {
      this.writingSince = undefined;
      if (error) {
        const wait = error.code === 'EAGAIN' ? BUSY_MS : RETRY_MS;
        this.retry = setTimeout(() => {
          this.retry = undefined;
          this.next();
        }, wait).unref();
        return;
      }
      this.current = this.current.subarray(written);
      this.tellOfDropped();
      this.next();
    });
  }

  private take(): Buffer {
    const all = Buffer.from(this.pending.join(''));
    this.pending = [];
    this.pendingBytes = 0;
    return all;
  }

  private tellOfDropped(): void {
    const dropped = this.dropped - this.reported;
    if (dropped === 0) return;
    this.reported = this.dropped;
    this.options.onRecovered(dropped);
  }

  /** The last lines, where the output takes them at once. One that does not must not keep the process from ending. */
  private flush(): void {
    const stalled = this.writingSince !== undefined && performance.now() - this.writingSince > STALLED_MS;
    if (stalled || this.retry) return;
    // What is under way is in the hands of the system already.
    let rest = this.writingSince === undefined ? Buffer.concat([this.current, this.take()]) : this.take();
    try {
      while (rest.length > 0) rest = rest.subarray(writeSync(this.options.fd, rest));
    } catch {
      // It is full or gone: there is nobody left to tell.
    }
  }
}

/**
 * Files and terminals by a thread of the pool. Not pipes: a thread that waits for a reader would keep the process from
 * ending; the streams of Node write to them without waiting.
 */
function writerTo(fd: 1 | 2): (bytes: Buffer, written: Written) => void {
  const kind = fstatSync(fd);
  if (!kind.isFIFO() && !kind.isSocket()) return (bytes, written) => write(fd, bytes, written);
  const stream = fd === 1 ? process.stdout : process.stderr;
  return (bytes, written) => void stream.write(bytes, (error) => written(error, bytes.length));
}
