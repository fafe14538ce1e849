import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTenant, type TestTenant } from '../factories/tenant';
import { cutOut, partyPhoto, type Box } from '../fixtures/photos';
import { TestPlatform, testPack } from '../fixtures/platform';

const OTHER_PACK = 'bundled-fast';
const COMMAND = path.join(__dirname, '..', '..', 'packages', 'cli', 'bin', 'likeness.js');

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

describe('the command line, as it is built', () => {
  let platform: TestPlatform;
  let tenant: TestTenant;
  let home: string;
  let people: string;
  let probe: string;

  const run = (
    args: readonly string[],
    { input = '', env = {} }: { input?: string; env?: object } = {},
  ): Promise<Ended> =>
    new Promise((resolve) => {
      const child = spawn(process.execPath, [COMMAND, ...args], {
        env: { PATH: process.env['PATH'], HOME: home, ...env },
      });
      let [stdout, stderr] = ['', ''];
      child.stdout.on('data', (chunk) => (stdout += chunk));
      child.stderr.on('data', (chunk) => (stderr += chunk));
      child.on('close', (code) => resolve({ code, stdout, stderr }));
      child.stdin.on('error', () => undefined).end(input);
    });
  const json = async (...args: string[]) => JSON.parse((await run(['--json', ...args])).stdout);

  beforeAll(async () => {
    platform = await TestPlatform.start({ env: { LIKENESS_PACKS: `${testPack()},${OTHER_PACK}` } });
    tenant = await createTenant(platform.operator);
    home = mkdtempSync(path.join(tmpdir(), 'likeness-home-'));
    people = path.join(home, 'people');
    // The faces of one photograph are the gallery, another one of the same party asks who is in it.
    const photo = partyPhoto(1);
    const { faces } = await tenant.detect(photo);
    for (const [index, face] of faces.slice(0, 3).entries()) {
      mkdirSync(path.join(people, `Guest_${index}`), { recursive: true });
      writeFileSync(path.join(people, `Guest_${index}`, 'face.jpg'), await cutOut(photo, face.boundingBox as Box));
    }
    writeFileSync(path.join(people, 'Guest_0', 'broken.jpg'), 'no image');
    probe = path.join(home, 'party.jpg');
    writeFileSync(probe, photo);
  });
  afterAll(async () => {
    await platform?.stop();
    rmSync(home, { recursive: true, force: true });
  });

  test('says what to do before a login', async () => {
    expect(await run(['persons', 'list', '-c', 'x'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('likeness login'),
    });
  });

  test('refuses a key that is none, and keeps one that is for its owner alone', async () => {
    const wrong = await run(['login', '--url', platform.url], { input: 'lk_live_nothing' });
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('does not know this key') });
    const right = await run(['login', '--url', platform.url], { input: `${tenant.api.key}\n` });
    expect(right).toMatchObject({ code: 0, stderr: '' });
    expect(right.stdout).not.toContain(tenant.api.key);
    expect(statSync(path.join(home, '.config', 'likeness', 'logins.json')).mode & 0o777).toBe(0o600);
  });

  test('imports a folder, names the bad file, and sends none twice', async () => {
    const first = await run(['--json', 'import', people, '-c', 'party', '--create']);
    expect(first).toMatchObject({ code: 3 });
    expect(JSON.parse(first.stdout)).toMatchObject({
      files: 4,
      indexed: 3,
      duplicates: 0,
      unchanged: 0,
      notIndexed: [{ shown: path.join('Guest_0', 'broken.jpg'), reason: expect.stringContaining('IMAGE_UNSUPPORTED') }],
    });
    expect(await json('import', people, '-c', 'party')).toMatchObject({ indexed: 0, unchanged: 3 });
    expect(await json('import', people, '-c', 'party', '--again')).toMatchObject({ indexed: 3, duplicates: 3 });
    expect(await json('persons', 'list', '-c', 'party')).toMatchObject([
      { displayName: 'Guest 0', externalId: 'Guest_0', faceCount: 1 },
      { displayName: 'Guest 1', faceCount: 1 },
      { displayName: 'Guest 2', faceCount: 1 },
    ]);
  });

  test('imports what another system lists, with the images that are there', async () => {
    const images = path.join(home, 'images');
    mkdirSync(images);
    copyFileSync(path.join(people, 'Guest_1', 'face.jpg'), path.join(images, 'ann.jpg'));
    const faces = ['ann', 'gone'].map((id) => ({ ImageId: id, ExternalImageId: id, UserId: `user-${id}` }));
    const listing = path.join(home, 'faces.json');
    writeFileSync(listing, JSON.stringify({ Faces: faces }));
    const brought = await run(['--json', 'import', listing, '--images', images, '-c', 'listed', '--create']);
    expect(brought).toMatchObject({ code: 3 });
    expect(JSON.parse(brought.stdout)).toMatchObject({ indexed: 1, notIndexed: [{ shown: 'gone' }] });
    expect(await json('persons', 'list', '-c', 'listed')).toMatchObject([{ displayName: 'user-ann', faceCount: 1 }]);
    const table = path.join(home, 'table.csv');
    writeFileSync(table, 'file,name\nimages/ann.jpg,Ann\n');
    expect(await json('import', table, '-c', 'listed')).toMatchObject({ indexed: 1, notIndexed: [] });
    writeFileSync(listing, JSON.stringify({ Faces: faces }).slice(0, -20));
    expect(await run(['import', listing, '--images', images, '-c', 'listed'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Is it whole?'),
    });
    expect((await run(['collections', 'delete', 'listed', '--yes', 'listed'])).code).toBe(0);
  });

  test('says who is in a photograph, and what is no photograph', async () => {
    const { code, stdout } = await run(['search', probe, '-c', 'party']);
    expect(code).toBe(0);
    for (const name of ['Guest 0', 'Guest 1', 'Guest 2']) expect(stdout).toContain(name);
    const bad = await run(['--json', 'search', probe, path.join(people, 'Guest_0', 'broken.jpg'), '-c', 'party']);
    expect(bad.code).toBe(3);
    expect(JSON.parse(bad.stdout)[1]).toMatchObject({ error: { code: expect.stringMatching(/^IMAGE_/) } });
  });

  test('publishes a collection, and another tenant looks people up in it until it is ended', async () => {
    const other = await createTenant(platform.operator);
    const env = { LIKENESS_URL: platform.url, LIKENESS_KEY: other.api.key };
    const gallery = await json('galleries', 'publish', 'party', '--floor', '96', '--covers');
    expect(gallery).toMatchObject({ name: 'party', similarityFloor: 96, showsCovers: true });
    const changed = await json('galleries', 'change', gallery.id, '--name', 'Guests', '--no-covers');
    expect(changed).toMatchObject({ name: 'Guests', similarityFloor: 96, showsCovers: false });
    const grant = await json('galleries', 'grant', gallery.id, other.id, '--label', 'them');
    expect((await run(['galleries', 'granted'], { env })).stdout).toContain(grant.id);
    const recognized = await run(['galleries', 'recognize', probe, '--gallery', grant.id], { env });
    expect(recognized).toMatchObject({ code: 0, stderr: '' });
    for (const name of ['Guest 0', 'Guest 1', 'Guest 2']) expect(recognized.stdout).toContain(name);
    expect((await run(['galleries', 'end', grant.id], { env })).code).toBe(0);
    expect((await run(['galleries', 'grants', gallery.id])).stdout).toContain('by grantee');
    expect((await run(['galleries', 'unpublish', gallery.id])).code).toBe(0);
    expect(await json('galleries', 'list')).toEqual([]);
  });

  test('compares two photographs', async () => {
    const face = (index: number): string => path.join(people, `Guest_${index}`, 'face.jpg');
    expect(await run(['compare', face(1), face(1)])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('the same person'),
    });
    expect(await run(['compare', face(1), face(2)])).toMatchObject({
      code: 3,
      stdout: expect.stringContaining('another person'),
    });
  });

  test('watches a job, exports a collection', async () => {
    const [job] = await tenant.api
      .call('{ jobs(filter: { kind: ENROLLMENT }, first: 1) { nodes { id } } }')
      .then(({ jobs }) => jobs.nodes);
    expect(await json('watch', job.id)).toMatchObject({ job: { id: job.id, state: 'SUCCEEDED' } });
    const file = path.join(home, 'party.jsonl');
    expect((await run(['export', 'party', '-o', file])).code).toBe(0);
    const lines = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.filter(({ person }) => person)).toHaveLength(3);
    expect(lines.filter(({ image }) => image)).toHaveLength(3);
  });

  test('moves a collection to another pack and back', async () => {
    const [{ modelPackId }] = await json('collections', 'list');
    const moved = await run(['--json', 'collections', 'reembed', 'party', '--pack', OTHER_PACK]);
    expect(moved).toMatchObject({ code: 0 });
    expect(JSON.parse(moved.stdout).job).toMatchObject({ kind: 'REEMBEDDING', state: 'SUCCEEDED' });
    expect((await json('collections', 'list'))[0].modelPackId).toContain(OTHER_PACK);
    expect(await run(['collections', 'reembed', 'party', '--pack', OTHER_PACK])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('already'),
    });
    expect(await run(['collections', 'roll-back', 'party'])).toMatchObject({ code: 0 });
    expect((await json('collections', 'list'))[0].modelPackId).toBe(modelPackId);
  });

  test('a deletion wants the name once more', async () => {
    expect(await run(['collections', 'delete', 'party'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--yes "party"'),
    });
    expect((await json('collections', 'list'))[0]).toMatchObject({ name: 'party' });
    expect((await run(['collections', 'delete', 'party', '--yes', 'party'])).code).toBe(0);
    expect(await json('collections', 'list')).toEqual([]);
  });

  test('makes, rotates and revokes keys', async () => {
    const made = await json('keys', 'create', 'kiosk', '--scope', 'SEARCH');
    expect(made).toMatchObject({ apiKey: { name: 'kiosk', scopes: ['SEARCH'] }, secret: expect.any(String) });
    const kiosk = { LIKENESS_URL: platform.url, LIKENESS_KEY: made.secret };
    const listed = await run(['persons', 'list', '-c', 'party'], { env: kiosk });
    expect(listed).toMatchObject({ code: 1, stderr: expect.stringContaining('FORBIDDEN') });
    const rotated = await json('keys', 'rotate', made.apiKey.id, '--grace', '0');
    expect((await run(['keys', 'revoke', rotated.apiKey.id])).code).toBe(0);
    const { id } = await json('collections', 'create', 'front-desk');
    const bound = await json('keys', 'create', 'desk', '--scope', 'READ', '--collection', 'front-desk');
    expect(bound.apiKey.collectionIds).toEqual([id]);
    expect((await run(['keys', 'list'])).stdout).toContain(id);
  });

  test('the doctor finds all well, or says what is not', async () => {
    const well = await run(['--json', 'doctor']);
    expect(JSON.parse(well.stdout)).toContainEqual({ check: 'server', state: 'ok', says: 'ready' });
    const nowhere = await run(['doctor'], { env: { LIKENESS_URL: 'http://127.0.0.1:9', LIKENESS_KEY: 'x' } });
    expect(nowhere).toMatchObject({ code: 1, stdout: expect.stringContaining('Is it running') });
    const noKey = await run(['doctor'], { env: { LIKENESS_URL: platform.url, LIKENESS_KEY: 'x' } });
    expect(noKey).toMatchObject({ code: 1, stdout: expect.stringContaining('likeness login') });
  });

  test.each([
    ['an unknown command', ['serach', 'x'], 'Did you mean search'],
    ['a missing option', ['search', 'x.jpg'], '--collection'],
    ['a threshold that is none', ['search', 'x.jpg', '-c', 'x', '--threshold', 'high'], 'similarity from 0 to 100'],
    ['a file that is not there', ['compare', 'gone.jpg', 'gone.jpg'], 'gone.jpg cannot be read'],
  ])('%s is a wrong command line', async (_, args, message) => {
    const ended = await run(args);
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
  });
});
