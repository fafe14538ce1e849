import { constants } from 'node:os';
import { ConfigError } from '../config';
import { reasonOf } from '../container/reason';
import { leaveSoon, stopAsked, StopAsked } from '../container/stop-signal';

/** What a shell is told of a command that a signal ended: 130 for SIGINT, 143 for SIGTERM. */
const statusOf = ({ signal }: StopAsked): number => 128 + constants.signals[signal];

/** @returns when the command is asked to stop, with the exit status of that. */
export async function interrupted(stopping: AbortSignal): Promise<number> {
  await stopAsked(stopping);
  return statusOf(stopping.reason as StopAsked);
}

/**
 * Ends the process with what a command answers. What it throws is printed as a sentence: exit status 1; 78 on wrong settings; that
 * of the signal where it was asked to stop.
 */
export function endWith(command: Promise<number>): void {
  const ended = command.then(
    (status) => (process.exitCode = status),
    (error: unknown) => {
      if (error instanceof StopAsked) return (process.exitCode = statusOf(error));
      console.error(reasonOf(error));
      return (process.exitCode = error instanceof ConfigError ? 78 : 1);
    },
  );
  // What was cut short may be waiting for the database still; what has ended well may still be writing to a slow reader.
  void ended.then((status) => status !== 0 && leaveSoon());
}
