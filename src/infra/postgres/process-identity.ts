import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';

/** Whether a process with this number runs; one that has ended and waits for its parent to notice does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return !/^[ZX]/.test(statOf(pid)?.state ?? '');
}

/** When a process began, as text that only equals itself. undefined: it is gone, or may not be looked at. */
export function startOf(pid: number): string | undefined {
  return statOf(pid)?.start;
}

function statOf(pid: number): { state: string; start: string } | undefined {
  try {
    if (process.platform === 'linux') {
      const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // The name in parentheses may hold anything; the fields are counted from behind it (proc(5): 3 state, 22 start).
      const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
      return { state: fields[0] ?? '', start: fields[19] ?? '' };
    }
    const text = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    const [, state, start] = /^(\S+)\s+(.+)$/.exec(text) ?? [];
    return state && start ? { state, start } : undefined;
  } catch {
    return undefined;
  }
}

/** The run of the machine: pids and start times count from its beginning. Empty where the system does not say. */
export function bootOf(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}

/** Where this process's pid means something: a container has numbers of its own. */
export function processSpaceOf(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

/** Short, and without arguments, which may hold a secret. */
export function describeProcess(): string {
  const script = process.argv[1];
  return script ? `node ${path.relative(process.cwd(), script) || script}` : 'node';
}
