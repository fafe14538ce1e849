/** What a script learns from how the command ended. */
export const EXIT = {
  DONE: 0,
  /** Refused, or not reached: the message says why. Nothing of what was asked is half done. */
  FAILED: 1,
  /** The command line is wrong. */
  USAGE: 2,
  /** It ran, and not all is well: files that were not indexed, nobody who matches, a check that warns. */
  PARTLY: 3,
  /** Ctrl-C, as shells count it. */
  STOPPED: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends the command with a sentence for the person at the terminal. */
export class CommandError extends Error {
  override readonly name = 'CommandError';

  constructor(
    message: string,
    readonly exitCode: ExitCode = EXIT.FAILED,
  ) {
    super(message);
  }
}
