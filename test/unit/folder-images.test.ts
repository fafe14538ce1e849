import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readImage } from '../../src/demo/capped-file';
import { folderImages } from '../../src/demo/folder-images';
import { partyPhoto } from '../fixtures/photos';

const LEADS_OUT = 'is a link that leads out of the folder';

describe('a folder of people', () => {
  let folder: string;
  let people: string;
  let probe: string;
  /** Beside the folder of people, with a name that begins as its name does. */
  let outside: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'likeness-people-'));
    people = path.join(folder, 'people');
    outside = path.join(folder, 'people-private');
    probe = path.join(folder, 'probe.jpg');
    await mkdir(path.join(people, 'Ann'), { recursive: true });
    await mkdir(outside);
    for (const file of [path.join(people, 'Ann', 'own.jpg'), path.join(outside, 'secret.jpg'), probe]) {
      await writeFile(file, partyPhoto(1));
    }
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test('gives nothing that its links lead out to, and names each', async () => {
    await symlink(outside, path.join(people, 'alice'));
    await symlink('../../people-private', path.join(people, 'Ann', 'older'));
    await symlink(path.join(outside, 'secret.jpg'), path.join(people, 'Ann', 'portrait.jpg'));
    await symlink(path.join(outside, 'secret.jpg'), path.join(people, 'loose.jpg'));
    await symlink('older', path.join(people, 'Ann', 'round-about'));
    const { gallery, refused } = folderImages(people, [probe]);
    expect(gallery.map(({ shown }) => shown)).toEqual(['Ann/own.jpg']);
    expect(refused).toEqual(
      expect.arrayContaining(
        ['alice', 'Ann/older', 'Ann/portrait.jpg', 'loose.jpg', 'Ann/round-about'].map((shown) => ({
          shown,
          reason: LEADS_OUT,
        })),
      ),
    );
  });

  test('may be a link itself, and its links within are followed', async () => {
    await mkdir(path.join(people, 'pool'));
    await writeFile(path.join(people, 'pool', 'more.jpg'), partyPhoto(2));
    await mkdir(path.join(people, 'Bo'));
    await symlink('../Ann/own.jpg', path.join(people, 'Bo', 'same.jpg'));
    await symlink('pool', path.join(people, 'Cy'));
    const link = path.join(folder, 'link');
    await symlink(people, link);
    const { gallery, refused } = folderImages(link, [probe]);
    expect(gallery.map(({ shown }) => shown)).toEqual(['Ann/own.jpg', 'Bo/same.jpg', 'Cy/more.jpg']);
    expect(refused).toEqual([{ shown: 'pool', reason: 'is a link to a folder that was looked through already' }]);
  });

  test('of probes follows no link out either, but a probe may be one', async () => {
    const probes = path.join(folder, 'probes');
    await mkdir(probes);
    await symlink(path.join(outside, 'secret.jpg'), path.join(probes, 'out.jpg'));
    const link = path.join(folder, 'link.jpg');
    await symlink(probe, link);
    expect(folderImages(people, [probes, link])).toMatchObject({
      probes: [link],
      unsearchable: [{ shown: 'probes/out.jpg', reason: LEADS_OUT }],
    });
  });
});

describe('an image that is read', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'likeness-capped-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test('is whole, however large it may be', async () => {
    const file = path.join(folder, 'a.jpg');
    await writeFile(file, partyPhoto(1));
    expect(readImage(file).equals(partyPhoto(1))).toBe(true);
    await truncate(file, 15 * 2 ** 20);
    expect(readImage(file)).toHaveLength(15 * 2 ** 20);
  });

  test('is refused when it has grown past what an image may have, and when it is no file', async () => {
    const file = path.join(folder, 'a.jpg');
    await writeFile(file, '');
    await truncate(file, 15 * 2 ** 20 + 1);
    expect(() => readImage(file)).toThrow('has more than 15 MB: an image may have 15');
    expect(() => readImage(folder)).toThrow('is no file any more');
  });
});
