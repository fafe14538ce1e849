import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ProbeReading } from './loop-probe';

/** `npm start` as a process of its own. */
export class ServerProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    readonly readyMs: number,
  ) {}

  /** @returns once `/readyz` answers 200; `readyMs` counts from the process' start. */
  static async start(env: NodeJS.ProcessEnv): Promise<ServerProcess> {
    const begin = performance.now();
    const probe = path.join(__dirname, 'loop-probe.js');
    const child = spawn(process.execPath, ['--require', probe, path.resolve(__dirname, '..', 'src', 'main.js')], {
      env,
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    const url = await new Promise<string>((resolve, reject) => {
      let text = '';
      child.stdout!.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        const match = /listens on (http:\S+)\/graphql/.exec(text);
        if (match) resolve(match[1]!);
      });
      child.once('exit', (code) => reject(new Error(`The server left with status ${code}`)));
    });
    while (
      !(await fetch(`${url}/readyz`).then(
        (response) => response.ok,
        () => false,
      ))
    );
    return new ServerProcess(child, url, performance.now() - begin);
  }

  /** Resident memory of the process itself now. */
  ownRssMb(): number {
    return memoryKb(this.child.pid!, 'VmRSS') / 1_024;
  }

  /** Forgets the peaks of before: of the event loop's stalls and of resident memory. */
  resetPeaks(): void {
    this.child.send('reset');
    writeFileSync(`/proc/${this.child.pid!}/clear_refs`, '5');
  }

  /** What the server's own event loop saw since `resetPeaks`. */
  readProbe(): Promise<ProbeReading> {
    return new Promise((resolve) => {
      this.child.once('message', (reading) => resolve(reading as ProbeReading));
      this.child.send('read');
    });
  }

  /** Highest resident memory of the process itself since `resetPeaks`. */
  peakOwnRssMb(): number {
    return memoryKb(this.child.pid!, 'VmHWM') / 1_024;
  }

  /** Processor time so far of the PostgreSQL processes that it has started, those that have ended left out. */
  postgresCpuMs(): number {
    const postgres = childrenOf(this.child.pid!).flatMap((pid) => [pid, ...childrenOf(pid)]);
    return postgres.reduce((sum, pid) => sum + cpuMs(pid), 0);
  }

  /** Resident memory now, with that of the PostgreSQL processes it has started: what they share is counted once. */
  rssMb(): number {
    const postgres = childrenOf(this.child.pid!).flatMap((pid) => [pid, ...childrenOf(pid)]);
    const own = postgres.reduce((sum, pid) => sum + memoryKb(pid, 'RssAnon'), memoryKb(this.child.pid!, 'VmRSS'));
    return (own + Math.max(0, ...postgres.map((pid) => memoryKb(pid, 'RssShmem')))) / 1_024;
  }

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    await gone;
  }
}

/** 0 when the process has gone meanwhile. */
function memoryKb(pid: number, field: string): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

const TICKS_PER_SECOND = 100;

/** 0 when the process has gone meanwhile. */
function cpuMs(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Fields 14 and 15, counted from the name's closing parenthesis, which is the end of field 2.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_SECOND;
  } catch {
    return 0;
  }
}

function childrenOf(pid: number): number[] {
  const tasks = readdirSync(`/proc/${pid}/task`);
  return tasks.flatMap((task) => {
    try {
      return readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
    } catch {
      return [];
    }
  });
}
