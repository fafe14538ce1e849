import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

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
    const child = spawn(process.execPath, [path.resolve(__dirname, '..', 'src', 'main.js')], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
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
