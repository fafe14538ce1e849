import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';

/** When a process began, as text that only equals itself. undefined: it is gone, or may not be looked at. */
export function startOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold anything; the fields are counted from behind it (proc(5): starttime is 22).
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    if (process.platform === 'linux') return undefined;
  }
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
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
