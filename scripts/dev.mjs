// npm run dev: builds, starts the server, and on each save compiles the file that changed and starts the server again.
import { spawn, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { performance } from 'node:perf_hooks';
import { clearTimeout, setTimeout } from 'node:timers';
import { existsSync, mkdirSync, rmSync, watch, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformFile } from '@swc/core';

process.chdir(path.dirname(path.dirname(fileURLToPath(import.meta.url))));

const require = createRequire(import.meta.url);
const ROOTS = ['src', 'workers', 'packages/packs', 'bench', 'faults'];
/** An editor may write several files at once, or one in several steps. */
const QUIET_MS = 60;
// One thread with one copy of the nets is up sooner than one a core.
const env = { LIKENESS_INFERENCE_THREADS: '1', ...process.env };

let server;
let postgres;
let stopping = false;

function start() {
  server = spawn(process.execPath, ['--enable-source-maps', 'dist/src/main.js'], { stdio: 'inherit', env });
  const ours = server;
  server.on('exit', (code) => {
    if (ours === server && !stopping) console.log(`[dev] Likeness ended (${code}). Save a file to start it again.`);
  });
}

/** The embedded PostgreSQL outlives the servers: starting it takes as long as all the rest. */
async function startPostgres() {
  const { loadConfig } = require('../dist/src/config.js');
  const { database, dataDir } = loadConfig(env);
  if (database) return;
  const { openDataDirectory } = require('../dist/src/infra/postgres/data-directory.js');
  const { startEmbeddedPostgres } = require('../dist/src/infra/postgres/embedded-postgres.js');
  const { loadSecrets } = require('../dist/src/infra/postgres/secrets.js');
  const folder = await openDataDirectory(dataDir);
  try {
    const secrets = await loadSecrets(folder.path);
    postgres = await startEmbeddedPostgres({ dataDir, passwords: { owner: secrets.dbOwnerPassword } });
  } finally {
    await folder.release();
  }
  env.DATABASE_URL = postgres.ownerUrl;
}

async function stop() {
  const ours = server;
  server = undefined;
  if (!ours || ours.exitCode !== null || ours.signalCode !== null) return;
  const ended = new Promise((resolve) => ours.once('exit', resolve));
  ours.kill('SIGTERM');
  await ended;
}

/** @returns whether it compiled; what is wrong is printed. */
async function compile(file) {
  const target = path.join('dist', file.replace(/\.ts$/, '.js'));
  if (!existsSync(file)) {
    rmSync(target, { force: true });
    return true;
  }
  try {
    const { code, map } = await transformFile(file, { swcrc: true, sourceMaps: true });
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, `${code}\n//# sourceMappingURL=${path.basename(target)}.map`);
    writeFileSync(`${target}.map`, map);
    return true;
  } catch (error) {
    // Below the place in the file stands where the compiler itself was.
    console.error(`[dev] ${error.message.split('Caused by')[0].trimEnd()}`);
    return false;
  }
}

const saved = new Set();
let timer;
let working = Promise.resolve();

async function restart() {
  const files = [...saved];
  saved.clear();
  const startedAt = performance.now();
  const compiled = await Promise.all(files.map(compile));
  if (!compiled.every(Boolean)) return;
  await stop();
  start();
  console.log(`[dev] ${files.join(', ')}: starting again after ${Math.round(performance.now() - startedAt)} ms`);
}

const built = spawnSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
if (built.status !== 0) process.exit(built.status ?? 1);
await startPostgres().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
start();
for (const root of ROOTS) {
  watch(root, { recursive: true }, (_event, name) => {
    if (!name?.endsWith('.ts') || name.includes('generated')) return;
    saved.add(path.join(root, name));
    clearTimeout(timer);
    timer = setTimeout(() => (working = working.then(restart)), QUIET_MS);
  });
}
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    // A Ctrl-C has reached the server already; it takes only the first.
    void stop()
      .then(() => postgres?.stop())
      .then(() => process.exit());
  });
}
