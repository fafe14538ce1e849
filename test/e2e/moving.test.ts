import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { overlapOf } from '../../src/domain/overlap';
import { createTenant, type TestTenant } from '../factories/tenant';
import type { Data } from '../fixtures/client';
import { canonicalExport, readLines } from '../fixtures/canonical-export';
import { isHere } from '../fixtures/needs';
import { cutOut, partyPhoto, type Box } from '../fixtures/photos';
import { TestPlatform } from '../fixtures/platform';

const COMMAND = path.join(__dirname, '..', '..', 'packages', 'cli', 'bin', 'likeness.js');

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const hasExiftool = isHere(
  spawnSync('exiftool', ['-ver']).status === 0,
  'Sidecars are not read by exiftool: it is not installed (Debian: libimage-exiftool-perl)',
);

/** What exiftool reads in a file. */
function exiftool(file: string): Data {
  const { stdout, stderr } = spawnSync('exiftool', ['-j', '-struct', '-n', file]);
  if (String(stderr) !== '') throw new Error(String(stderr));
  return JSON.parse(String(stdout))[0];
}

/** The photo as a camera that was held otherwise stores it: other pixels, and the EXIF orientation that makes them upright. */
async function turnedPhoto(photo: Buffer, orientation: number): Promise<Buffer> {
  const quarter = { 5: 90, 6: 270, 7: 90, 8: 90, 3: 180 }[orientation] ?? 0;
  const turned = await sharp(photo).rotate(quarter).jpeg({ quality: 100 }).toBuffer();
  const isMirrored = orientation === 2 || orientation === 5;
  const isFlipped = orientation === 4 || orientation === 7;
  return sharp(turned).flop(isMirrored).flip(isFlipped).withMetadata({ orientation }).jpeg({ quality: 100 }).toBuffer();
}

describe('a collection on its way', () => {
  let platform: TestPlatform;
  let from: TestTenant;
  let to: TestTenant;
  let home: string;
  let moved: string;
  let collectionId: string;

  const start = (tenant: TestTenant, args: readonly string[], env: object = {}): ChildProcessWithoutNullStreams =>
    spawn(process.execPath, [COMMAND, ...args], {
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: home,
        LIKENESS_URL: platform.url,
        LIKENESS_KEY: tenant.api.key ?? '',
        ...env,
      },
    });
  const run = (tenant: TestTenant, args: readonly string[], env: object = {}): Promise<Ended> =>
    new Promise((resolve) => {
      const child = start(tenant, args, env);
      let [stdout, stderr] = ['', ''];
      child.stdout.on('data', (chunk) => (stdout += chunk));
      child.stderr.on('data', (chunk) => (stderr += chunk));
      child.on('close', (code: number | null) => resolve({ code, stdout, stderr }));
    });
  const json = async (tenant: TestTenant, ...args: string[]) => {
    const { stdout, stderr } = await run(tenant, ['--json', ...args]);
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout);
  };
  const folder = (name: string): string => path.join(home, name);
  const exportOf = async (tenant: TestTenant, name: string, to: string) => {
    await json(tenant, 'export', name, '--out', folder(to), '--images');
    return canonicalExport(folder(to));
  };

  beforeAll(async () => {
    platform = await TestPlatform.start();
    [from, to] = [await createTenant(platform.operator), await createTenant(platform.operator)];
    home = mkdtempSync(path.join(tmpdir(), 'likeness-moving-'));
    moved = folder('moved');
    collectionId = await from.createCollection({ name: 'party' });
    const photo = partyPhoto(1);
    const { faces } = await from.detect(photo);
    const ada = {
      create: {
        displayName: 'Ada',
        externalId: 'guest-1',
        metadata: { urls: ['https://example.com/ada'], knownFor: 'Notes', seat: 7 },
      },
    };
    await from.enroll(collectionId, [
      {
        image: { base64: (await cutOut(photo, faces[0].boundingBox as Box)).toString('base64') },
        person: ada,
        externalImageId: 'portrait',
      },
      ...([1, 2, 3, 4, 5, 6] as const).map((number) => ({
        image: { base64: partyPhoto(number).toString('base64') },
        externalImageId: `sample-${number}`,
      })),
    ]);
    const { faces: found } = await from.api.call(
      'query ($id: ID!) { faces(filter: { collectionId: $id, assigned: false }) { nodes { id externalImageId boundingBox { left } } } }',
      { id: collectionId },
    );
    // Images are enrolled at once, in no order.
    const placeOf = ({ externalImageId, boundingBox }: Data) => `${externalImageId}/${boundingBox.left.toFixed(6)}`;
    const ids: string[] = [...found.nodes]
      .sort((a: Data, b: Data) => (placeOf(a) < placeOf(b) ? -1 : 1))
      .map((face: Data) => face.id);
    const nobody = {
      collectionId,
      displayName: 'Nobody’s friend',
      aliases: ['Bo', 'Bobby'],
      bornOn: '1980-02-29',
      diedOn: '2020-01-01',
    };
    const { createPerson } = await from.api.call(
      'mutation ($input: CreatePersonInput!) { createPerson(input: $input) { person { id aliases bornOn diedOn } } }',
      { input: nobody },
    );
    expect(createPerson.person).toMatchObject({ aliases: ['Bo', 'Bobby'], bornOn: '1980-02-29', diedOn: '2020-01-01' });
    const assign = (personId: string, faceIds: readonly string[]) =>
      from.api.call('mutation ($input: AssignFacesInput!) { assignFaces(input: $input) { operationId } }', {
        input: { personId, faceIds: [...faceIds] },
      });
    await assign(createPerson.person.id, ids.slice(0, 3));
    // Two of one name, whom nothing but their faces tells apart.
    for (const faceId of ids.slice(3, 5)) {
      const { createPerson: made } = await from.api.call(
        'mutation ($input: CreatePersonInput!) { createPerson(input: $input) { person { id } } }',
        { input: { collectionId, displayName: 'Guest' } },
      );
      await assign(made.person.id, [faceId]);
    }
    for (const [as, faceId] of [
      ['NOT_A_FACE', ids[5]],
      ['STRANGER', ids[6]],
    ]) {
      await from.api.call('mutation ($input: HideFacesInput!) { hideFaces(input: $input) { operationIds } }', {
        input: { faceIds: [faceId], as },
      });
    }
    expect(await json(from, 'export', 'party', '--out', moved, '--images')).toMatchObject({ persons: 4, images: 7 });
  });
  afterAll(async () => {
    await platform?.stop();
    rmSync(home, { recursive: true, force: true });
  });

  test('is the same where it comes to', async () => {
    const report = await json(to, 'import', moved, '-c', 'party', '--create');
    expect(report).toMatchObject({ persons: 4, files: 7, indexed: 7, duplicates: 0, notIndexed: [] });
    const there = await exportOf(to, 'party', 'there');
    expect(there).toEqual(canonicalExport(moved));
    const { images, end } = readLines(moved);
    expect(end.faces).toBeGreaterThan(20);
    expect(images.flatMap((image) => image.faces).filter((face) => face.hiddenAs)).toHaveLength(2);
  });

  test('answers a search as it did', async () => {
    const photo = { base64: partyPhoto(3).toString('base64') };
    const { collections } = await to.api.call('{ collections { nodes { id } } }');
    const answers = await Promise.all([
      from.search([collectionId], photo),
      to.search([collections.nodes[0].id], photo),
    ]);
    type Match = { similarity: number; person: { displayName: string } | null };
    const [before, after] = answers.map(({ probes }) => probes.flatMap(({ matches }: { matches: Match[] }) => matches));
    const nameOf = ({ person }: Match) => person?.displayName;
    expect(after.map(nameOf)).toEqual(before.map(nameOf));
    expect(before.map(nameOf).filter(Boolean)).not.toEqual([]);
    // Landmarks are told to a millionth of the image, similarities to a tenth.
    const moves = after.map(({ similarity }: Match, index: number) => Math.abs(similarity - before[index].similarity));
    expect(Math.max(...moves)).toBeLessThan(0.15);
  });

  test('comes once, however often it is brought', async () => {
    const again = await json(to, 'import', moved, '-c', 'party');
    expect(again).toMatchObject({ persons: 4, indexed: 0, unchanged: 7, notIndexed: [] });
    const sent = await json(to, 'import', moved, '-c', 'party', '--again');
    expect(sent).toMatchObject({ persons: 4, indexed: 7, duplicates: 7, notIndexed: [] });
    // Without its journal, as from another machine.
    const elsewhere = await run(to, ['--json', 'import', moved, '-c', 'party'], { HOME: folder('another-home') });
    expect(JSON.parse(elsewhere.stdout)).toMatchObject({ persons: 4, indexed: 7, duplicates: 7 });
    expect(await exportOf(to, 'party', 'once')).toEqual(canonicalExport(moved));
  });

  test('is whole after an import that was killed half way', async () => {
    const third = await createTenant(platform.operator);
    const child = start(third, ['import', moved, '-c', 'party', '--create', '--parallel', '1']);
    const closed = new Promise((resolve) => child.on('close', resolve));
    for (let isBegun = false; !isBegun;) {
      const { collections } = await third.api.call('{ collections { nodes { personCount } } }');
      isBegun = collections.nodes[0]?.personCount > 0;
    }
    child.kill('SIGKILL');
    await closed;
    const report = await json(third, 'import', moved, '-c', 'party');
    expect(report.notIndexed).toEqual([]);
    expect(await exportOf(third, 'party', 'after-a-kill')).toEqual(canonicalExport(moved));
  });

  test('leaves what was done there alone', async () => {
    const { persons } = await to.api.call('{ collections { nodes { persons: id } } }').then(async ({ collections }) =>
      to.api.call(
        'query ($id: ID!) { persons(collectionId: $id, filter: { externalId: "guest-1" }) { nodes { id } } }',
        {
          id: collections.nodes[0].persons,
        },
      ),
    );
    await to.api.call('mutation ($input: UpdatePersonInput!) { updatePerson(input: $input) { operationId } }', {
      input: { id: persons.nodes[0].id, displayName: 'Ada Lovelace' },
    });
    await json(to, 'import', moved, '-c', 'party', '--again');
    expect(await json(to, 'persons', 'list', '-c', 'party', '--text', 'ada')).toMatchObject([
      { displayName: 'Ada Lovelace', externalId: 'guest-1' },
    ]);
  });

  describe('that was edited by hand', () => {
    const edited = async (name: string, edit: (lines: string[], place: string) => void): Promise<Ended> => {
      const place = folder(name);
      cpSync(moved, place, { recursive: true });
      const file = path.join(place, 'export.jsonl');
      const lines = readFileSync(file, 'utf8').trim().split('\n');
      edit(lines, place);
      writeFileSync(file, `${lines.join('\n')}\n`);
      return run(to, ['import', place, '-c', `edited-${name}`, '--create']);
    };
    const change = (lines: string[], line: number, mend: (value: Data) => void): void => {
      const value = JSON.parse(lines[line - 1]!);
      mend(value);
      lines[line - 1] = JSON.stringify(value);
    };

    test.each<[string, (lines: string[], place: string) => void, string]>([
      ['no-json', (lines) => (lines[1] = '{'), ':2: is no JSON'],
      ['version', (lines) => change(lines, 1, (line) => (line.likenessExport = 2)), ':1: is of version 2'],
      ['cut-off', (lines) => lines.pop(), 'the file is not whole'],
      ['misspelt', (lines) => change(lines, 2, ({ image }) => (image.tokenAt = null)), ':2: image has "tokenAt"'],
      [
        'outside',
        (lines) => change(lines, 2, ({ image }) => (image.faces[0].boundingBox.left = 0.99)),
        ':2: boundingBox of faces[0] lies outside the image',
      ],
      [
        'twice',
        (lines) => change(lines, 3, ({ image }) => image.faces.push(image.faces[0])),
        ':3: faces[0] and faces[',
      ],
      [
        'person',
        (lines) => change(lines, 2, ({ image }) => (image.faces[0].person = 'nobody')),
        ':2: faces[0] is of a person who has no line',
      ],
      [
        'missing',
        (lines, place) => rmSync(path.join(place, JSON.parse(lines[3]!).image.file)),
        ':4: names the file images/',
      ],
      [
        'outward',
        (lines) => change(lines, 2, ({ image }) => (image.file = '../moved/export.jsonl')),
        'which is not in the folder of the export',
      ],
    ])('%s is told with its line, and nothing is imported', async (name, edit, message) => {
      const { code, stderr } = await edited(name, edit);
      expect(stderr).toContain(message);
      expect(stderr).toContain('Nothing was imported');
      expect(code).toBe(1);
      const { collection } = await to.api.call('query ($name: String!) { collection(name: $name) { id } }', {
        name: `edited-${name}`,
      });
      expect(collection).toBeNull();
    });

    test('an image whose bytes are others is told, and the rest is imported', async () => {
      const { code, stdout } = await edited('other-bytes', (lines, place) => {
        const { file } = JSON.parse(lines[2]!).image;
        writeFileSync(path.join(place, file), partyPhoto(1));
      });
      expect(code).toBe(3);
      expect(stdout).toMatch(/export\.jsonl:3 .*sha256 is another/);
      expect(stdout).toContain('6 indexed');
    });
  });

  (hasExiftool ? test : test.skip)('of images in all eight orientations has its regions on the faces', async () => {
    const id = await from.createCollection({ name: 'turned' });
    const orientations = [1, 2, 3, 4, 5, 6, 7, 8];
    const images = await Promise.all(orientations.map((orientation) => turnedPhoto(partyPhoto(1), orientation)));
    const person = { create: { displayName: 'Ada <&>', externalId: 'ada' } };
    await from.enroll(
      id,
      images.map((bytes, index) => ({
        image: { base64: bytes.toString('base64') },
        ...(index === 0 ? { person, onAmbiguous: 'LARGEST' as const } : {}),
        externalImageId: `orientation-${orientations[index]}`,
      })),
    );
    await json(from, 'export', 'turned', '--out', folder('turned'), '--images', '--xmp');
    const exported = readLines(folder('turned')).images;
    expect(exported.map(({ externalImageId }) => externalImageId).sort()).toEqual(
      orientations.map((orientation) => `orientation-${orientation}`),
    );
    const { width, height } = await sharp(partyPhoto(1)).metadata();
    const { faces } = await from.detect(partyPhoto(1));
    for (const image of exported) {
      const told = exiftool(path.join(folder('turned'), image.file!.replace('.jpg', '.xmp')));
      expect(told).toMatchObject({ Orientation: 1, RegionInfo: { AppliedToDimensions: { W: width, H: height } } });
      // The image itself is upright, and says nothing else.
      expect(exiftool(path.join(folder('turned'), image.file!))).toMatchObject({
        ImageWidth: width,
        ImageHeight: height,
      });
      expect(exiftool(path.join(folder('turned'), image.file!))).not.toHaveProperty('Orientation');
      const areas: Data[] = told.RegionInfo.RegionList;
      expect(areas).toHaveLength(image.faces.length);
      for (const { Area: area } of areas) {
        const box = { left: area.X - area.W / 2, top: area.Y - area.H / 2, width: area.W, height: area.H };
        const nearest = Math.max(...faces.map((face: { boundingBox: Box }) => overlapOf(face.boundingBox, box)));
        expect(nearest).toBeGreaterThan(0.8);
      }
    }
    const named = exported.flatMap(({ file }) =>
      exiftool(path.join(folder('turned'), file!.replace('.jpg', '.xmp'))).RegionInfo.RegionList.map(
        (area: Data) => area.Name,
      ),
    );
    expect(named.filter(Boolean)).toEqual(['Ada <&>']);
  });

  test('is told to photo programs by sidecars', async () => {
    await json(from, 'export', 'party', '--out', folder('sidecars'), '--images', '--xmp');
    expect(canonicalExport(folder('sidecars'))).toEqual(canonicalExport(moved));
    const { images, persons } = readLines(folder('sidecars'));
    const { file, faces } = images.find((image) => image.faces.some(({ person }) => person))!;
    const xmp = readFileSync(path.join(folder('sidecars'), file!.replace('.jpg', '.xmp')), 'utf8');
    const { person } = faces.find((face) => face.person)!;
    expect(xmp).toContain(`mwg-rs:Name="${persons.find(({ id }) => id === person)!.displayName}"`);
    expect(await run(from, ['export', 'party', '--out', folder('x'), '--xmp'])).toMatchObject({ code: 2 });
  });

  test('an export is not written over another one, and one without images brings persons alone', async () => {
    expect(await run(from, ['export', 'party', '--out', moved])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('holds an export already'),
    });
    expect((await run(from, ['export', 'party', '--out', folder('words')])).code).toBe(0);
    expect(existsSync(path.join(folder('words'), 'images'))).toBe(false);
    const report = await json(to, 'import', folder('words'), '-c', 'words', '--create');
    expect(report).toMatchObject({ persons: 4, indexed: 0 });
    expect(report.notIndexed[0].reason).toContain('--images');
    expect(readdirSync(moved).sort()).toEqual(['export.jsonl', 'images']);
  });
});
