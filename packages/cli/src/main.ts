import { LikenessError } from '@likeness/client';
import { CommanderError } from 'commander';
import { CommandError, EXIT } from './exit-codes.ts';
import { printable } from './output.ts';
import { createProgram } from './program.ts';

/** Runs one command line. @returns the code to end with. */
export async function main(args: readonly string[]): Promise<number> {
  const stop = new AbortController();
  // The second Ctrl-C ends the process as it would without us.
  process.once('SIGINT', () => stop.abort());
  let code: number = EXIT.DONE;
  const { env: environment, stdin, stdout, stderr } = process;
  const program = createProgram({ environment, stdin, stdout, stderr, signal: stop.signal }, (ended) => {
    code = ended;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.DONE : EXIT.USAGE;
    if (stop.signal.aborted) {
      stderr.write('\nStopped. Run the same command again to go on.\n');
      return EXIT.STOPPED;
    }
    stderr.write(`${messageOf(error)}\n`);
    return error instanceof CommandError ? error.exitCode : EXIT.FAILED;
  }
}

function messageOf(error: unknown): string {
  if (error instanceof CommandError) return error.message.split('\n').map(printable).join('\n');
  if (!(error instanceof LikenessError)) throw error;
  const { code, message, errorId } = error;
  return printable(`${code}: ${message}${errorId ? ` (errorId ${errorId})` : ''}`);
}
