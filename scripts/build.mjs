// Builds dist/ from TypeScript: Prisma's client, then swc (tsc only checks types: esbuild-like tools do not emit the
// decorator metadata that type-graphql reads).
import { execFileSync } from 'node:child_process';
import { renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
const run = (bin, args, env = {}) =>
  execFileSync(process.execPath, [path.join('node_modules', ...bin), ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...env },
  });

// Prisma reaches for an engine binary that `generate` does not use: naming any executable keeps it off the network.
run(['prisma', 'build', 'index.js'], ['generate'], {
  PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
  PRISMA_HIDE_UPDATE_MESSAGE: '1',
  CHECKPOINT_DISABLE: '1',
});
// Built beside and moved into place, so that a running process never meets half a dist.
rmSync('dist.next', { recursive: true, force: true });
run(['@swc', 'cli', 'bin', 'swc.js'], ['src', 'workers', 'bench', 'packages', '-d', 'dist.next', '--quiet']);
rmSync('dist', { recursive: true, force: true });
renameSync('dist.next', 'dist');
