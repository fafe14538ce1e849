import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { DomainError } from '../../domain/errors';

const POLL_MS = 20;
/** A fast shutdown writes a checkpoint; then it is made to stop, which the next start recovers from. */
const FAST_STOP_MS = 20_000;

/**
 * Stops a server that a killed parent left running on this cluster, and clears a pid file that names nobody of ours.
 * Call it only while holding the data folder's lock.
 *
 * @throws DomainError CONFLICT when what runs cannot be stopped by this user.
 */
export async function stopOrphan(clusterDir: string): Promise<void> {
  const pid = postmasterPid(clusterDir);
  if (pid !== undefined && isServerOf(pid, clusterDir)) {
    signal(pid, 'SIGINT');
    if (!(await goneWithin(() => isServerOf(pid, clusterDir), FAST_STOP_MS))) signal(pid, 'SIGQUIT');
    await goneWithin(() => isServerOf(pid, clusterDir), 5_000);
  }
  // Backends outlive a postmaster that was killed for as long as their statement runs.
  for (const straggler of serversOf(clusterDir)) signal(straggler, 'SIGQUIT');
  if (!(await goneWithin(() => serversOf(clusterDir).length > 0, 5_000))) {
    for (const straggler of serversOf(clusterDir)) signal(straggler, 'SIGKILL');
    await goneWithin(() => serversOf(clusterDir).length > 0, 2_000);
  }
  const left = serversOf(clusterDir);
  if (left.length > 0) {
    throw new DomainError(
      'CONFLICT',
      `A PostgreSQL of an earlier run (pid ${left.join(', ')}) still uses this data folder. Stop it, then start again.`,
    );
  }
  // Postgres would take any living process with that number for a server of this cluster.
  await rm(path.join(clusterDir, 'postmaster.pid'), { force: true });
}

/** The pid in postmaster.pid, whoever that is by now. */
export function postmasterPid(clusterDir: string): number | undefined {
  const pid = Number.parseInt(pidFileLines(clusterDir)[0] ?? '', 10);
  return pid > 0 ? pid : undefined;
}

/** Whether the server of this pid accepts connections: its pid file's eighth line says so. */
export function isReady(clusterDir: string, pid: number): boolean {
  const lines = pidFileLines(clusterDir);
  return Number.parseInt(lines[0] ?? '', 10) === pid && lines[7]?.trim() === 'ready';
}

/** Where the server of this cluster accepts connections: the fourth line of its pid file; undefined where none does. */
export function readyPort(clusterDir: string): number | undefined {
  const pid = postmasterPid(clusterDir);
  if (pid === undefined || !isServerOf(pid, clusterDir) || !isReady(clusterDir, pid)) return undefined;
  return Number.parseInt(pidFileLines(clusterDir)[3] ?? '', 10);
}

function pidFileLines(clusterDir: string): string[] {
  try {
    return readFileSync(path.join(clusterDir, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return [];
  }
}

function isServerOf(pid: number, clusterDir: string): boolean {
  return existsSync('/proc/self/cwd') ? worksIn(pid, clusterDir) : psSaysServerOf(pid, clusterDir);
}

/** Every server process has the cluster as its working directory. Empty where there is no /proc to look in. */
function serversOf(clusterDir: string): number[] {
  if (!existsSync('/proc/self/cwd')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => worksIn(pid, clusterDir));
}

function worksIn(pid: number, clusterDir: string): boolean {
  try {
    return (
      readlinkSync(`/proc/${pid}/cwd`) === realpathSync(clusterDir) &&
      /^postgres/.test(path.basename(readlinkSync(`/proc/${pid}/exe`)))
    );
  } catch {
    return false;
  }
}

function psSaysServerOf(pid: number, clusterDir: string): boolean {
  try {
    const command = execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
    return command.includes('postgres') && command.includes(clusterDir);
  } catch {
    return false;
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ESRCH') return;
    throw new DomainError(
      'CONFLICT',
      `A PostgreSQL of an earlier run (pid ${pid}) still uses this data folder and belongs to another user. Stop it, then start again.`,
      { cause },
    );
  }
}

async function goneWithin(there: () => boolean, limitMs: number): Promise<boolean> {
  for (const end = Date.now() + limitMs; there();) {
    if (Date.now() > end) return false;
    await wait(POLL_MS);
  }
  return true;
}
