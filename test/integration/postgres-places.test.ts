import { spawnSync } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { locateBinaries } from '../../src/infra/postgres/binaries';

/** Runs from dist/: PostgreSQL from a folder of programs makes its cluster in a data folder, answers, and stops. */
const PROGRAM = `
  const [programs, dataDir] = process.argv.slice(1);
  const at = './dist/src/infra/postgres/';
  const { binariesIn } = require(at + 'binaries.js');
  const { chooseAccount } = require(at + 'account.js');
  const { ensureCluster } = require(at + 'cluster.js');
  const { launchServer } = require(at + 'server-process.js');
  (async () => {
    const { account, binaries } = chooseAccount(binariesIn(programs), dataDir);
    const clusterDir = await ensureCluster({ dataDir, initdb: binaries.initdb, account, ownerPassword: 'secret' });
    const server = await launchServer({ dataDir, clusterDir, postgres: binaries.postgres, account, settings: {} });
    await server.stop();
    console.log(binaries.home);
  })().catch((error) => { console.error(error); process.exit(1); });
`;
const isRoot = process.getuid?.() === 0;

let root: string;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'likeness-places-'));
  await chmod(root, 0o755);
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** An installation and its data in a folder of that name; a closed one may not be entered by the server's account. */
async function install(name: string, closed: boolean): Promise<{ programs: string; dataDir: string }> {
  const folder = path.join(root, name);
  const programs = path.join(folder, 'native');
  const dataDir = path.join(folder, '.likeness');
  await mkdir(folder, { recursive: true, mode: closed ? 0o700 : 0o755 });
  await cp(locateBinaries().home, programs, { recursive: true, verbatimSymlinks: true });
  await mkdir(dataDir, { mode: 0o700 });
  return { programs, dataDir };
}

/** @returns the folder that the programs were run from. */
function run(place: { programs: string; dataDir: string }, through: readonly string[] = []): string {
  const [file, ...args] = [...through, process.execPath, '-e', PROGRAM, place.programs, place.dataDir];
  const { status, stdout, stderr } = spawnSync(file!, args, {
    encoding: 'utf8',
    env: { ...process.env, TMPDIR: root },
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout.trim();
}

test.each([
  ['closed to others', 'closed', true],
  ['with a blank, an umlaut and an ampersand in its name', 'Fötos & mehr 1', false],
  [
    'with a long name',
    path.join(...Array.from({ length: 4 }, () => 'a-folder-with-a-name-of-fifty-characters-or-so-abc')),
    false,
  ],
])('PostgreSQL runs below a folder %s', async (_what, name, closed) => {
  const place = await install(name, closed);
  expect(run(place)).toBe(place.programs);
});

test('where root may not pass all its rights on, PostgreSQL runs from a copy, which the next start uses again', async () => {
  const place = await install('closed-container', true);
  const fewerRights = isRoot ? ['setpriv', '--bounding-set=-setpcap', '--inh-caps=-setpcap'] : [];
  const from = run(place, fewerRights);
  expect(from).toMatch(isRoot ? /likeness-postgres-[0-9a-f]{16}$/ : /native$/);
  expect(run(place, fewerRights)).toBe(from);
});
