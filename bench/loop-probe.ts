import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Loaded into a server that is measured (`--require`): answers its parent's messages with what the server's own loop saw. */
export interface ProbeReading {
  /** Longest time in which the event loop could do nothing else, since the last `reset`. */
  readonly longestStallMs: number;
  /** Processor time of the server's process since it started. */
  readonly cpuMs: number;
}

const RESOLUTION_MS = 1;
const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delays.enable();

process.on('message', (message) => {
  if (message === 'reset') delays.reset();
  if (message !== 'read') return;
  const { user, system } = process.cpuUsage();
  process.send!({ longestStallMs: delays.max / 1e6, cpuMs: (user + system) / 1_000 } satisfies ProbeReading);
});
// Its parent's messages are no reason for the server to stay.
process.channel?.unref();
