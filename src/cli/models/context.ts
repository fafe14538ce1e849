import path from 'node:path';
import { ConfigError, loadConfig, type Config } from '../../config';
import { Closers } from '../../container/closers';
import { packPlaces } from '../../container/engines';
import { printableLines } from '../../container/printable';
import { reasonOf } from '../../container/reason';
import type { PackPlacesOptions } from '../../../workers/inference/pack-registry';

/** What every `models` command is given. */
export interface ModelsContext {
  readonly config: Config;
  readonly places: PackPlacesOptions;
  /** Folder of the packs of the user's own. */
  readonly ownPacks: string;
  /** A line for the reader. */
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
  /** What a command opens and leaves open is closed when it ends, or is interrupted. */
  readonly closers: Closers;
}

/** What a command that works on packs begins with, as the settings say. @param stopping when it is asked to stop. */
export function openModels(stopping: AbortSignal): ModelsContext {
  const config = loadConfig();
  return {
    config,
    places: packPlaces(config),
    ownPacks: path.join(config.dataDir, 'packs'),
    print: (line) => console.log(line),
    signal: stopping,
    closers: new Closers((error, what) => console.error(`${what} did not close cleanly: ${reasonOf(error)}`), stopping),
  };
}

/**
 * Says what a command failed by, without a stack: what reads a model, a photograph or a list tells what is wrong with it.
 * @returns the exit status: 2 where it was asked wrongly, else 1.
 * @throws what is no fault of these: wrong settings.
 */
export function tellFailure(error: unknown): number {
  if (!(error instanceof Error) || error instanceof ConfigError) throw error;
  console.error(printableLines(error.message));
  const isUsage = error instanceof UsageError || (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS');
  return isUsage ? 2 : 1;
}

/** A wish that cannot be fulfilled as it was said: shown without a stack, exit status 2. */
export class UsageError extends Error {}

/** 1.2 MB. */
export function inMegabytes(bytes: number): string {
  return bytes < 100_000 ? `${Math.ceil(bytes / 1_000)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
