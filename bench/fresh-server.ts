import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ServerProcess } from './server-process';

/** Measures a server of its own, on a data folder that goes with it. @param env settings over the bench's own. */
export async function withFreshServer<T>(
  env: NodeJS.ProcessEnv,
  measure: (server: ServerProcess, operatorKey: string) => Promise<T>,
): Promise<T> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'likeness-bench-'));
  // The embedded PostgreSQL runs as another account where this one is root.
  chmodSync(dataDir, 0o755);
  const operatorKey = `lk_operator_${'b'.repeat(43)}`;
  try {
    const server = await ServerProcess.start({
      ...process.env,
      LIKENESS_DATA_DIR: path.join(dataDir, 'data'),
      LIKENESS_PORT: '0',
      LIKENESS_LOG_LEVEL: 'warn',
      LIKENESS_OPERATOR_KEY: operatorKey,
      ...env,
    });
    try {
      return await measure(server, operatorKey);
    } finally {
      await server.stop();
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}
