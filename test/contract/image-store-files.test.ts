import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, open, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { newId } from '../../src/domain/ids';
import { FileImageStore } from '../../src/infra/storage/file-image-store';
import { describeImageStore } from './image-store.contract';
import { testWhere } from '../fixtures/needs';

const newFolder = () => mkdtemp(path.join(tmpdir(), 'likeness-images-'));
const removeFolder = (folder: string) => rm(folder, { recursive: true, force: true });

describeImageStore('files', async () => {
  const folder = await newFolder();
  return {
    store: new FileImageStore({ directory: path.join(folder, 'images') }),
    dispose: () => removeFolder(folder),
  };
});

/** Everything below a folder, relative to it. */
async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
}

describe('FileImageStore', () => {
  let directory: string;
  beforeEach(async () => (directory = await newFolder()));
  afterEach(() => removeFolder(directory));

  it('shows images to its own account only', async () => {
    const root = path.join(directory, 'new');
    const key = `images/${newId()}/${newId()}`;
    await new FileImageStore({ directory: root }).put(key, Buffer.from('x'));
    const [file = ''] = await filesUnder(root);
    expect((await stat(path.join(root, file))).mode & 0o777).toBe(0o600);
    for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
      expect((await stat(path.join(root, folder))).mode & 0o777).toBe(0o700);
      if (folder === '.') break;
    }
  });

  it('spreads the images of a tenant over folders', async () => {
    const store = new FileImageStore({ directory });
    const tenantId = newId();
    for (let i = 0; i < 40; i++) await store.put(`images/${tenantId}/${newId()}`, Buffer.from('x'));
    expect((await readdir(path.join(directory, 'images', tenantId))).length).toBeGreaterThan(20);
  });

  it('leaves no temporary file, and lists none that a killed process left', async () => {
    const store = new FileImageStore({ directory });
    const key = `images/${newId()}/${newId()}`;
    await store.put(key, Buffer.from('x'));
    expect(await readdir(path.join(directory, 'tmp'))).toEqual([]);
  });

  it('removes what a killed process left, once it is too old to be in use', async () => {
    const folder = path.join(directory, 'tmp');
    await mkdir(folder);
    await writeFile(path.join(folder, 'abandoned'), 'half a pict');
    await writeFile(path.join(folder, 'of-another-process'), 'half a pict');
    const hoursAgo = new Date(Date.now() - 2 * 3_600_000);
    await utimes(path.join(folder, 'abandoned'), hoursAgo, hoursAgo);
    await new FileImageStore({ directory }).put(`images/${newId()}/${newId()}`, Buffer.from('x'));
    expect(await readdir(folder)).toEqual(['of-another-process']);
  });

  it.each(['ENOSPC', 'EDQUOT'])('answers STORAGE_FULL and leaves nothing when a write ends in %s', async (code) => {
    const store = new FileImageStore({ directory });
    const key = `images/${newId()}/${newId()}`;
    const probe = await open(path.join(directory, 'probe'), 'w');
    const handles = Object.getPrototypeOf(probe) as { sync(): Promise<void> };
    await probe.close();
    await rm(path.join(directory, 'probe'));
    const full = Object.assign(new Error(code), { code });
    const spy = jest.spyOn(handles, 'sync').mockRejectedValue(full);
    try {
      await expect(store.put(key, Buffer.from('x'))).rejects.toMatchObject({
        code: 'STORAGE_FULL',
        retryable: true,
        message: expect.stringContaining('no room'),
      });
    } finally {
      spy.mockRestore();
    }
    await expect(store.get(key)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await filesUnder(directory)).toEqual([]);
    await store.put(key, Buffer.from('y'));
    expect(Buffer.from(await store.get(key)).toString()).toBe('y');
  });

  const disk = mountSmallDisk();
  testWhere(Boolean(disk))('answers STORAGE_FULL on a disk that is really full, and loses nothing', async () => {
    const { folder, unmount } = disk!;
    try {
      const store = new FileImageStore({ directory: path.join(folder, 'images') });
      const kept = `images/${newId()}/${newId()}`;
      await store.put(kept, Buffer.alloc(300_000, 7));
      const refused = store.put(kept, Buffer.alloc(2_000_000, 8));
      await expect(refused).rejects.toMatchObject({ code: 'STORAGE_FULL' });
      expect(Buffer.from(await store.get(kept)).equals(Buffer.alloc(300_000, 7))).toBe(true);
      await store.put(`images/${newId()}/${newId()}`, Buffer.alloc(300_000, 9));
    } finally {
      unmount();
    }
  });

  it('answers DEPENDENCY_UNAVAILABLE when its folder cannot be one', async () => {
    const file = path.join(directory, 'a-file');
    await writeFile(file, '');
    const store = new FileImageStore({ directory: path.join(file, 'images') });
    await expect(store.ping()).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE', retryable: true });
    await expect(store.put(`images/${newId()}/${newId()}`, Buffer.from('x'))).rejects.toMatchObject({
      code: 'DEPENDENCY_UNAVAILABLE',
    });
  });
});

/** A file system of one megabyte, where this account may mount one. */
function mountSmallDisk(): { folder: string; unmount: () => void } | null {
  const folder = path.join(tmpdir(), `likeness-small-disk-${newId()}`);
  try {
    execFileSync('mkdir', [folder]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
    return {
      folder,
      unmount: () => {
        execFileSync('umount', [folder]);
        execFileSync('rmdir', [folder]);
      },
    };
  } catch {
    console.warn('skipped: the full-disk test needs the right to mount a tmpfs (root, Linux)');
    execFileSync('rmdir', [folder]);
    return null;
  }
}
