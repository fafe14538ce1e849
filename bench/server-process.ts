import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
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

  /** Resident memory of the process now, and the most it ever was. PostgreSQL's own processes are not in it. */
  rssMb(): number {
    return this.memory('VmRSS');
  }

  peakRssMb(): number {
    return this.memory('VmHWM');
  }

  private memory(field: string): number {
    const status = readFileSync(`/proc/${this.child.pid}/status`, 'utf8');
    return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)![1]) / 1_024;
  }

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    await gone;
  }
}
