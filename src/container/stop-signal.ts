import { once } from 'node:events';

/** What a start that was asked to stop ends with: no failure, so nothing to print. */
export class StopAsked extends Error {
  constructor(readonly signal: NodeJS.Signals) {
    super(`Asked to stop by ${signal}`);
    this.name = 'StopAsked';
  }
}

/**
 * Takes SIGINT and SIGTERM over from here on: install it before anything is opened that Node's own way of ending would
 * leave behind. Only the first one counts, since npm passes a Ctrl-C on that the terminal has sent already.
 *
 * @returns aborted by it, with a StopAsked as reason.
 */
export function stopSignal(onStop: (signal: NodeJS.Signals) => void): AbortSignal {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping.signal.aborted) return;
      onStop(signal);
      stopping.abort(new StopAsked(signal));
    });
  }
  return stopping.signal;
}

export async function stopAsked(stopping: AbortSignal): Promise<void> {
  if (!stopping.aborted) await once(stopping, 'abort');
}

/** Ends a process whose start failed or was cut short: what was half open may hold a handle that keeps it alive. */
export function leaveSoon(): void {
  setTimeout(() => process.exit(), 2_000).unref();
}
