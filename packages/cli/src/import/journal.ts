import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import type { Environment } from '../settings.ts';
import type { ListedFile } from './listing.ts';

/**
 * Which files of a folder are in a collection already, so that a second run goes on where the first one ended. It only
 * saves time: without it, the server knows images again by their bytes.
 */
export class Journal {
  private readonly known: ReadonlySet<string>;
  private readonly file: string;

  /** @param place what tells one import from another: server, collection, folder. */
  constructor(environment: Environment, place: readonly string[]) {
    const folder = environment['XDG_STATE_HOME'] || path.join(environment['HOME'] || homedir(), '.local', 'state');
    this.file = path.join(
      folder,
      'likeness',
      'imports',
      createHash('sha256').update(JSON.stringify(place)).digest('hex'),
    );
    this.known = new Set(linesOf(this.file));
  }

  /** @param facts what the file is told from others by. */
  has(facts: Facts): boolean {
    return this.known.has(lineOf(facts));
  }

  /** A line at a time: what is written stays when the process is killed. */
  add(facts: Facts): void {
    mkdirSync(path.dirname(this.file), { recursive: true, mode: 0o700 });
    appendFileSync(this.file, `${lineOf(facts)}\n`, { mode: 0o600 });
  }
}

type Facts = readonly unknown[];

export function factsOf({ path: file, bytes, modifiedMs, person, externalImageId }: ListedFile): Facts {
  return [file, bytes, modifiedMs, person ?? null, externalImageId ?? null];
}

/** A digest: the names of people do not stay in a file that nobody thinks of. */
function lineOf(facts: Facts): string {
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
