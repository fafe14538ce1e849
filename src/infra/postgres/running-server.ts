import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '../../domain/errors';
import {
  addressFileOf,
  describeHolder,
  isHeld,
  isOfThisMachine,
  lockFileOf,
  readHolder,
  type Holder,
} from './data-directory';
import { startOf } from './process-identity';

/**
 * Where the process that holds the data folder serves its API: the one address to which the folder's operator key may be
 * sent. Whoever merely listens on the port of the settings has not shown that the key is theirs to see.
 *
 * @returns without `/graphql`; null where nobody holds the folder.
 * @throws DomainError CONFLICT when somebody holds it who is not certainly a server on this machine that can be asked.
 */
export async function findRunningServer(dataDir: string): Promise<string | null> {
  const folder = path.resolve(dataDir);
  const lockFile = lockFileOf(folder);
  const holder = await readHolder(lockFile);
  if (!holder || !(await isHeld(holder, lockFile))) return null;
  const refuse = (reason: string): DomainError =>
    new DomainError('CONFLICT', `${describeHolder(folder, holder)}, ${reason}`, { retryable: false });
  if (!isOfThisMachine(holder)) {
    throw refuse('not by a process that can be looked up from here. Run this on that machine, in that container.');
  }
  // Stricter than for the lock: that the number lives is not enough where a key is going to be sent.
  if (holder.start === undefined || holder.start !== startOf(holder.pid)) {
    throw refuse('and it cannot be made sure that this is the process of that time. Stop it, and try again.');
  }
  const url = await readAddress(addressFileOf(folder), holder);
  if (url === undefined) {
    throw refuse('which serves no API at this moment. Wait until it listens, or stop it, and try again.');
  }
  return url;
}

async function readAddress(addressFile: string, holder: Holder): Promise<string | undefined> {
  try {
    const { token, url } = JSON.parse(await readFile(addressFile, 'utf8')) as { token?: unknown; url?: unknown };
    return token === holder.token && typeof url === 'string' ? url : undefined;
  } catch {
    return undefined;
  }
}
