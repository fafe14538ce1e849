// Builds dist/ from TypeScript: Prisma's client, then swc (tsc only checks types: esbuild-like tools do not emit the
// decorator metadata that type-graphql reads). The client and what uses it have no decorators and are built by tsc: the client for
// its declarations.
import { spawnSync } from 'node:child_process';
import { renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
/** What a tool says is printed when it fails: Prisma tells on its standard error what it loads, each time. */
const run = (bin, args, env = {}) => {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [path.join('node_modules', ...bin), ...args], {
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  if (error) throw error;
  if (status === 0) return;
  process.stderr.write(stdout + stderr);
  process.exit(1);
};

// Prisma reaches for an engine binary that `generate` does not use: naming any executable keeps it off the network.
run(['prisma', 'build', 'index.js'], ['generate'], {
  PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
  PRISMA_HIDE_UPDATE_MESSAGE: '1',
  CHECKPOINT_DISABLE: '1',
});
// Built beside and moved into place, so that a running process never meets half a dist.
const build = (target, bin, args) => {
  rmSync(`${target}.next`, { recursive: true, force: true });
  run(bin, [...args, path.resolve(`${target}.next`)]);
  rmSync(target, { recursive: true, force: true });
  renameSync(`${target}.next`, target);
};
build(
  'dist',
  ['@swc', 'cli', 'bin', 'swc.js'],
  ['src', 'workers', 'bench', 'faults', 'packages/packs', '--quiet', '-d'],
);
build('packages/client/dist', ['typescript', 'bin', 'tsc'], ['-p', 'packages/client', '--outDir']);
build('packages/cli/dist', ['typescript', 'bin', 'tsc'], ['-p', 'packages/cli', '--outDir']);
build(
  'packages/admin/dist',
  ['vite', 'bin', 'vite.js'],
  ['build', 'packages/admin', '--logLevel', 'error', '--emptyOutDir', '--outDir'],
);
