import type { Config } from '../../config';
import type { Closers } from '../../container/closers';
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

/** A wish that cannot be fulfilled as it was said: shown without a stack, exit status 2. */
export class UsageError extends Error {}

/** 1.2 MB. */
export function inMegabytes(bytes: number): string {
  return bytes < 100_000 ? `${Math.ceil(bytes / 1_000)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
