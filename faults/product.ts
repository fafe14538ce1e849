import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { freePort } from './child';
import { ProcessTarget, type Target } from './target';

const MAIN = path.resolve(__dirname, '..', 'src', 'main.js');

/** A process of Likeness as it is built. */
export interface ProductProcess extends Target {
  /** Where it answers: an API all, a worker what watches over it asks. */
  readonly url: string;
}

export interface ProductOptions {
  readonly role: 'api' | 'worker';
  readonly number: number;
  /** For its log, and what it keeps. */
  readonly folder: string;
  /** What all processes share. */
  readonly env: Readonly<Record<string, string>>;
}

/** Starts one, and waits until it is ready. */
export async function startProduct({ role, number, folder, env }: ProductOptions): Promise<ProductProcess> {
  const name = `${role}-${number}`;
  const dataDir = path.join(folder, name);
  await mkdir(dataDir, { recursive: true });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const target = new ProcessTarget({
    name,
    command: {
      file: process.execPath,
      args: ['--enable-source-maps', MAIN],
      env: {
        ...env,
        LIKENESS_ROLE: role,
        LIKENESS_DATA_DIR: dataDir,
        [role === 'api' ? 'LIKENESS_PORT' : 'LIKENESS_WORKER_PORT']: String(port),
      },
      logFile: path.join(folder, `${name}.log`),
    },
    // Only that it runs: what it needs may be away just then.
    serves: async () => (await fetch(`${url}/livez`)).ok,
  });
  await target.start();
  return Object.assign(target, { url });
}

/** Whether it says that all it needs is there. */
export async function isReady({ url }: ProductProcess): Promise<boolean> {
  return (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5_000) })).ok;
}
