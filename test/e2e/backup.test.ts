import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTenant, type TestTenant } from '../factories/tenant';
import type { Data } from '../fixtures/client';
import { cutOut, partyPhoto, variant, type Box } from '../fixtures/photos';
import { makeDataFolder, removeDataFolder } from '../fixtures/platform';
import { PlatformProcess } from '../fixtures/platform-process';
import { mountSmallDisk } from '../fixtures/small-disk';

const SETTLED = 12;
/** Images of each job that is begun while the backup is made. */
const UNDER_WAY = 8;
const ANSWERS = `query ($id: ID!) {
  persons(collectionId: $id, first: 100) {
    nodes { id displayName faceCount faces { nodes { id state boundingBox { left top } quality { sharpness } } } }
  }
  collection(id: $id) { faceCount personCount }
}`;
const CROPS = `query ($id: ID!) { faces(filter: { collectionId: $id }, first: 3) { nodes { cropUrl image { url } } } }`;

describe('a backup', () => {
  jest.setTimeout(240_000);
  let folder: string;
  let source: PlatformProcess;
  let tenant: TestTenant;
  let settled: string;
  let underWay: string;
  const jobIds: string[] = [];
  let portrait: Buffer;
  let persons: { personId: string; faceId: string }[];
  let file: string;
  const running: PlatformProcess[] = [];

  const inFolder = (name: string): string => path.join(folder, name);
  async function run(dataDir: string, words: readonly [string, ...string[]], env: Record<string, string> = {}) {
    const [entry, ...args] = words;
    const one = PlatformProcess.spawn({ dataDir, command: [`cli/${entry}-command.js`, ...args], env });
    return { code: (await one.ended).code, output: one.output };
  }
  async function start(dataDir: string, env: Record<string, string> = {}): Promise<PlatformProcess> {
    const one = await PlatformProcess.start({ dataDir, env });
    running.push(one);
    return one;
  }

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'likeness-backup-'));
    file = inFolder('likeness.backup');
    source = await start(await makeDataFolder());
    tenant = await createTenant(source.operator);
    [settled, underWay] = [
      await tenant.createCollection({ qualityFilter: 'NONE' }),
      await tenant.createCollection({ qualityFilter: 'NONE' }),
    ];
    const { faces } = await tenant.detect(partyPhoto(1));
    portrait = await cutOut(partyPhoto(1), faces[0].boundingBox as Box);
    const images = await Promise.all(Array.from({ length: SETTLED }, (_, step) => variant(portrait, step)));
    const itemsOf = async (those: readonly Buffer[]) =>
      (await tenant.uploadAll(those)).map((uploadId, index) => ({
        image: { uploadId },
        person: { create: { displayName: `Person ${index}` } },
      }));
    const job = await tenant.enroll(settled, await itemsOf(images));
    persons = job.items.nodes.map(({ faceRecords: [face] }: Data) => ({ personId: face.person.id, faceId: face.id }));
    const enrollMore = async (): Promise<void> => {
      jobIds.push(await tenant.beginEnrollment(underWay, await itemsOf(images.slice(0, UNDER_WAY))));
    };
    await enrollMore();
    let isMade = false;
    const backup = run(source.dataDir, ['backup', file]).finally(() => (isMade = true));
    while (!isMade) await enrollMore();
    expect(await backup).toMatchObject({
      code: 0,
      output: expect.stringMatching(/likeness\.backup: \d+ MB with \d+ images/),
    });
    for (const id of jobIds) await tenant.finishJob(id);
  });
  afterAll(async () => {
    await Promise.all(running.map((one) => one.end('SIGKILL')));
    for (const one of running) await removeDataFolder(one.dataDir);
    await rm(folder, { recursive: true, force: true });
  });

  test('made while images are enrolled and restored elsewhere gives the same persons, faces and answers', async () => {
    const dataDir = inFolder('elsewhere');
    const restored = await run(dataDir, ['restore', file]);
    expect(restored).toMatchObject({ code: 0, output: expect.stringContaining('npm start serves it') });
    expect(restored.output).not.toContain('were removed');
    const copy = await start(dataDir);
    const there = tenant.at(copy.url);
    // What waited at the moment of the backup is enrolled there, too; what came after it is not there.
    const known: string[] = [];
    for (const id of jobIds) {
      if ((await there.job(id)) === null) continue;
      known.push(id);
      const { progress } = await there.finishJob(id);
      expect(progress).toMatchObject({ done: UNDER_WAY, failed: 0, total: UNDER_WAY });
    }
    expect(known).toEqual(jobIds.slice(0, known.length));
    expect(known.length).toBeGreaterThan(0);
    const answersOf = async (one: TestTenant): Promise<Data> => {
      const { threshold, probes } = await one.search(
        [settled],
        { base64: portrait.toString('base64') },
        { limit: 100 },
      );
      return { threshold, probes, ...(await one.api.call(ANSWERS, { id: settled })) };
    };
    const expected = await answersOf(tenant);
    expect(expected.persons.nodes).toHaveLength(SETTLED);
    expect(expected.probes[0].matches).toHaveLength(SETTLED);
    expect(await answersOf(there)).toEqual(expected);
    const finished = await there.api.call(ANSWERS, { id: underWay });
    const enrolled = known.length * UNDER_WAY;
    expect(finished.collection).toEqual({ faceCount: enrolled, personCount: enrolled });
    const bytesOf = async (one: TestTenant): Promise<Buffer[]> => {
      const { faces } = await one.api.call(CROPS, { id: settled });
      const urls: string[] = faces.nodes.flatMap((face: Data) => [face.cropUrl, face.image.url]);
      const answers = await Promise.all(urls.map((url) => fetch(url)));
      expect(answers.map(({ status }) => status)).toEqual(urls.map(() => 200));
      return Promise.all(answers.map(async (answer) => Buffer.from(await answer.arrayBuffer())));
    };
    expect(await bytesOf(there)).toEqual(await bytesOf(tenant));
    // Nothing is there that the database does not know: of uploads, those of the job that came right after the moment.
    const filesOf = async (kind: string): Promise<number> => {
      const at = path.join(dataDir, 'images', kind);
      const found = await readdir(at, { recursive: true, withFileTypes: true }).catch(() => []);
      return found.filter((one) => one.isFile()).length;
    };
    expect(await filesOf('images')).toBe(SETTLED + enrolled);
    expect(await filesOf('uploads')).toBeLessThanOrEqual(UNDER_WAY);
  });

  test('brings nobody back who was erased after it was made, where the ledger is the newest', async () => {
    const { personId } = persons[0]!;
    await tenant.api.call(`mutation ($ids: [ID!]!) { deletePersons(input: { personIds: $ids }) { jobId } }`, {
      ids: [personId],
    });
    const ledger = path.join(source.dataDir, 'erasures.jsonl');
    while (!existsSync(ledger) || !(await readFile(ledger, 'utf8')).includes(personId)) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    const own = inFolder('newest.jsonl');
    await writeFile(own, await readFile(ledger));
    const dataDir = inFolder('erased');
    const env = { LIKENESS_ERASURE_LEDGER: own };
    expect(await run(dataDir, ['restore', file], env)).toMatchObject({
      code: 0,
      output: expect.stringContaining('was there already and stays'),
    });
    const there = tenant.at((await start(dataDir, env)).url);
    const { person } = await there.api.call(`query ($id: ID!) { person(id: $id) { id } }`, { id: personId });
    expect(person).toBeNull();
    const { probes } = await there.search([settled], { base64: portrait.toString('base64') }, { limit: 100 });
    const found = probes[0].matches.map((match: Data) => match.person.id);
    expect(new Set(found)).toEqual(new Set(persons.slice(1).map((one) => one.personId)));
  });

  const broken: readonly [string, (bytes: Buffer) => Buffer, RegExp][] = [
    ['cut in the middle', (bytes) => bytes.subarray(0, bytes.length / 2), /was cut short. Nothing was changed/],
    ['cut at its end', (bytes) => bytes.subarray(0, bytes.length - 1_600), /was cut short. Nothing was changed/],
    ['empty', () => Buffer.alloc(0), /is empty. Nothing was changed/],
    ['something else', () => Buffer.from('x'.repeat(2_000)), /is no backup of Likeness/],
    ['of another byte', (bytes) => changed(bytes), /is damaged/],
    ['of a newer version', (bytes) => replaced(bytes, '"2026', '"2126'), /newer Likeness .*2126/],
    ['of a later form', (bytes) => replaced(bytes, '"format": 1', '"format": 9'), /in a form that this version/],
  ];
  test.each(broken)('that is %s is refused, and the folder stays empty', async (what, breakIt, sentence) => {
    const bad = inFolder('bad.backup');
    await writeFile(bad, breakIt(await readFile(file)));
    const dataDir = inFolder(`not-${what.replaceAll(' ', '-')}`);
    await mkdir(dataDir);
    const { code, output } = await run(dataDir, ['restore', bad]);
    expect(output).toMatch(sentence);
    expect(code).toBe(1);
    expect(await readdir(dataDir)).toEqual([]);
  });

  test('is not put into a folder that is not empty, nor into one that is served', async () => {
    const dataDir = inFolder('with-a-letter');
    await mkdir(dataDir);
    await writeFile(path.join(dataDir, 'letter.txt'), 'mine');
    const { code, output } = await run(dataDir, ['restore', file]);
    expect(output).toMatch(/is not empty: it has letter\.txt\. .*Nothing was changed/);
    expect(code).toBe(1);
    expect(await readdir(dataDir)).toEqual(['letter.txt']);
    const before = await readdir(source.dataDir);
    const served = await run(source.dataDir, ['restore', file]);
    expect(served).toMatchObject({ code: 1, output: expect.stringMatching(/is held by pid \d+/) });
    expect(await readdir(source.dataDir)).toEqual(before);
  });

  test('is not written over a file, nor of a folder without data, nor of engines elsewhere', async () => {
    expect(await run(source.dataDir, ['backup', file])).toMatchObject({
      code: 1,
      output: expect.stringContaining('is there already: name another file'),
    });
    expect(await run(inFolder('nothing'), ['backup', inFolder('x')])).toMatchObject({
      code: 1,
      output: expect.stringContaining('There is no data in'),
    });
    const elsewhere = { DATABASE_URL: 'postgresql://owner@127.0.0.1:1/likeness' };
    expect(await run(source.dataDir, ['backup', inFolder('x')], elsewhere)).toMatchObject({
      code: 1,
      output: expect.stringMatching(/DATABASE_URL is set.*docs\/backup\.md/),
    });
    expect(existsSync(inFolder('x'))).toBe(false);
  });

  test('that is interrupted leaves nothing behind', async () => {
    const half = inFolder('half.backup');
    const one = PlatformProcess.spawn({ dataDir: source.dataDir, command: ['cli/backup-command.js', half] });
    while (!existsSync(`${half}.part`)) await new Promise((resolve) => setImmediate(resolve));
    expect(await one.end('SIGTERM')).toEqual({ code: 143, signal: null });
    expect((await readdir(folder)).filter((name) => name.startsWith('half'))).toEqual([]);
  });

  test('that has no room, and a restore that has none, leave nothing behind', async () => {
    const disk = mountSmallDisk(8, 'a backup without room');
    if (!disk) return;
    try {
      const made = await run(source.dataDir, ['backup', path.join(disk.folder, 'x.backup')]);
      expect(made).toMatchObject({ code: 1, output: expect.stringContaining('There is no more room in') });
      expect(await readdir(disk.folder)).toEqual([]);
      const put = await run(path.join(disk.folder, 'data'), ['restore', file]);
      expect(put).toMatchObject({ code: 1, output: expect.stringContaining('There is no more room in') });
      expect(await readdir(path.join(disk.folder, 'data'))).toEqual([]);
    } finally {
      disk.unmount();
    }
  });

  test('can be made while nothing is up', async () => {
    const dataDir = inFolder('down');
    expect(await run(dataDir, ['restore', file])).toMatchObject({ code: 0 });
    const again = inFolder('again.backup');
    expect(await run(dataDir, ['backup', again])).toMatchObject({ code: 0 });
    expect(await run(inFolder('down-again'), ['restore', again])).toMatchObject({
      code: 0,
      output: expect.stringMatching(/\d+ persons, \d+ faces, \d+ images/),
    });
  });
});

/** One byte in the middle, where an image or a table is. */
function changed(bytes: Buffer): Buffer {
  const other = Buffer.from(bytes);
  const at = Math.floor(other.length / 2) + 700;
  other[at] = other[at]! ^ 1;
  return other;
}

/** Of the same length. */
function replaced(bytes: Buffer, text: string, by: string): Buffer {
  const other = Buffer.from(bytes);
  other.write(by, other.lastIndexOf(text));
  return other;
}
