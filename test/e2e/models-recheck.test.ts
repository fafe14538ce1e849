import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import sharp from 'sharp';
import type { BoundingBox, Landmarks, Pose } from '../../src/domain/geometry';
import { createTenant } from '../factories/tenant';
import { hasLocalModels } from '../fixtures/analyzer';
import { partyPhoto } from '../fixtures/photos';
import { makeDataFolder, removeDataFolder } from '../fixtures/platform';
import { PlatformProcess, readDatabase, serversOn, type Ending } from '../fixtures/platform-process';

interface FaceRow {
  readonly id: string;
  readonly image_id: string;
  readonly bounding_box: BoundingBox;
  readonly landmarks: Landmarks;
  readonly pose: Pose;
}

/** Everybody stands on their head in the first, nobody in the second. */
const IMAGES = [() => sharp(partyPhoto(3)).resize(900).rotate(180), () => sharp(partyPhoto(3)).resize(900)];
const FACES = 3;
const PACKS = ['bundled@1', ...(hasLocalModels('recheck with yunet-reid0095@1') ? ['yunet-reid0095@1'] : [])];

describe('npm run models -- recheck', () => {
  jest.setTimeout(180_000);
  let dataDir: string;
  const collections = new Map<string, { readonly id: string; readonly faces: readonly FaceRow[] }>();

  const recheck = async (...args: string[]): Promise<Ending & { output: string }> => {
    const one = PlatformProcess.spawn({ dataDir, command: ['cli/models-command.js', 'recheck', ...args] });
    const ending = await one.ended;
    expect(serversOn(dataDir)).toEqual([]);
    return { ...ending, output: one.output };
  };
  const facesOf = (collectionId: string): Promise<FaceRow[]> =>
    readDatabase<FaceRow>(
      dataDir,
      `SELECT id, image_id, bounding_box, landmarks, pose FROM faces
        WHERE collection_id = $1 AND state = 'INDEXED' ORDER BY id`,
      [collectionId],
    );
  /** The last of the collection's faces that stand on their head. */
  const upsideDown = (faces: readonly FaceRow[]): FaceRow =>
    faces.filter(({ pose }) => Math.abs(pose.roll) > 135).at(-1)!;

  beforeAll(async () => {
    dataDir = await makeDataFolder();
    const platform = await PlatformProcess.start({ dataDir, env: { LIKENESS_PACKS: PACKS.join(',') } });
    try {
      const tenant = await createTenant(platform.operator);
      const images = await Promise.all(IMAGES.map((image) => image().jpeg({ quality: 95 }).toBuffer()));
      for (const modelPack of PACKS) {
        const id = await tenant.createCollection({ modelPack, qualityFilter: 'NONE' });
        const uploads = await tenant.uploadAll(images);
        const jobId = await tenant.beginEnrollment(
          id,
          uploads.map((uploadId) => ({ image: { uploadId } })),
        );
        for await (const event of tenant.followJob(jobId)) void event;
        collections.set(modelPack, { id, faces: await facesOf(id) });
      }
    } finally {
      await platform.end();
    }
  });
  afterAll(() => removeDataFolder(dataDir));

  /** Changes rows of the stopped platform's database, which is up meanwhile. */
  async function write(statement: string, values: unknown[]): Promise<void> {
    const platform = await PlatformProcess.start({ dataDir, env: { LIKENESS_PACKS: PACKS.join(',') } });
    try {
      await readDatabase(dataDir, statement, values);
    } finally {
      await platform.end();
    }
  }

  test.each(PACKS)('says nothing against faces that %s enrolled rightly, upside down or not', async (pack) => {
    const { id, faces } = collections.get(pack)!;
    expect(faces).toHaveLength(IMAGES.length * FACES);
    expect(faces.filter(({ pose }) => Math.abs(pose.roll) > 135)).toHaveLength(FACES);
    const json = path.join(dataDir, 'none.json');
    const { code, output } = await recheck('--collection', id, '--json', json);
    expect(output).toContain('nothing speaks against any of 6 faces');
    expect(code).toBe(0);
    expect(JSON.parse(readFileSync(json, 'utf8'))).toEqual([]);
  });

  test.each(PACKS)(
    'tells the one that was enrolled with %s as if it stood upright, and deletes nothing',
    async (pack) => {
      const { id, faces } = collections.get(pack)!;
      const bad = upsideDown(faces);
      // As the first release did: the points of an upright face about the middle of the box, which lies somewhat lower.
      const { left, top, width, height } = bad.bounding_box;
      const turned = ({ x, y }: { x: number; y: number }) => ({ x: 2 * left + width - x, y: 2 * top + height - y });
      const landmarks = Object.fromEntries(Object.entries(bad.landmarks).map(([name, at]) => [name, turned(at)]));
      await write('UPDATE faces SET landmarks = $2, bounding_box = $3, pose = $4 WHERE id = $1', [
        bad.id,
        landmarks,
        { ...bad.bounding_box, top: top + height / 8 },
        { ...bad.pose, roll: 0 },
      ]);
      const json = path.join(dataDir, 'some.json');
      const { code, output } = await recheck('--collection', id, '--json', json);
      expect(code).toBe(1);
      expect(output).toContain('something speaks against 1 of 6 faces');
      expect(output).toMatch(new RegExp(`^${bad.id}  ${bad.image_id}  - +OTHER_WAY_UP +-?\\d+ +-?1\\d\\d$`, 'm'));
      expect(faces.filter((face) => output.includes(face.id))).toEqual([bad]);
      const told = JSON.parse(readFileSync(json, 'utf8'));
      expect(told).toMatchObject([{ faceId: bad.id, imageId: bad.image_id, personId: null, fault: 'OTHER_WAY_UP' }]);
      expect(Math.abs(told[0].rollThen)).toBeLessThan(45);
      expect(existsSync(`${json}.part`)).toBe(false);
    },
  );

  test('tells a face that is not found any more, and those of an image that is missing', async () => {
    const { id, faces } = collections.get(PACKS[0]!)!;
    const [gone] = faces.filter(({ pose }) => Math.abs(pose.roll) < 45);
    const elsewhere = { left: 0.01, top: 0.9, width: 0.05, height: 0.05 };
    await write('UPDATE faces SET bounding_box = $2 WHERE id = $1', [gone!.id, elsewhere]);
    const first = await recheck('--collection', id);
    expect(first.output).toMatch(new RegExp(`^${gone!.id}  .*NOT_FOUND +-?\\d+ +-$`, 'm'));

    const missing = upsideDown(faces).image_id;
    const images = path.join(dataDir, 'images');
    const [file] = readdirSync(images, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes(missing));
    rmSync(path.join(images, file!));
    const { code, output } = await recheck('--collection', id);
    expect(code).toBe(1);
    expect(output).toContain('something speaks against 4 of 6 faces');
    expect(output.match(new RegExp(`${missing}  .*IMAGE_MISSING`, 'g'))).toHaveLength(FACES);
  });

  test('Ctrl-C leaves nothing running and no list that is not whole', async () => {
    const json = path.join(dataDir, 'cut-short.json');
    const command = [
      'cli/models-command.js',
      'recheck',
      '--collection',
      collections.get(PACKS[0]!)!.id,
      '--json',
      json,
    ];
    const one = PlatformProcess.spawn({ dataDir, command: command as [string, ...string[]] });
    while (!existsSync(path.join(dataDir, 'postgres', 'postmaster.pid'))) await wait(5);
    expect(await one.end('SIGINT')).toEqual({ code: 130, signal: null });
    expect(serversOn(dataDir)).toEqual([]);
    expect(readdirSync(dataDir).filter((name) => name === 'lock' || name.startsWith('cut-short'))).toEqual([]);
  });

  test('nothing is said of faces that another pack of that name embedded', async () => {
    const [pack] = PACKS;
    await write('UPDATE model_packs SET embedding_digest = $2 WHERE id = $1', [pack, '0'.repeat(64)]);
    const { code, output } = await recheck('--collection', collections.get(pack!)!.id);
    expect(code).toBe(1);
    expect(output).toContain(`embedded with another ${pack} than the one that is here`);
    expect(output).not.toMatch(/speaks against/);
  });

  test('a collection that is not there and none at all are said', async () => {
    const id = '01900000-0000-7000-8000-000000000000';
    expect(await recheck('--collection', id)).toMatchObject({ code: 1, output: `No collection ${id}.\n` });
    expect(await recheck()).toMatchObject({ code: 2, output: expect.stringMatching(/^Say which collection/) });
  });
});
