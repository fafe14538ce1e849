import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fetchFromNpm, fileInTar } from '../../workers/inference/npm-tarball';

describe('the tarball of an npm package', () => {
  let folder: string;
  const DEEP = `${'models/'.repeat(20)}net.bin`;
  const put = (file: string, text: string): void => {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  };
  const scratch = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('likeness-npm-'));

  // npm packs a folder as it does a package of the registry, without asking anybody.
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'likeness-package-'));
    put('package.json', JSON.stringify({ name: 'nets', version: '1.0.0', scripts: { prepack: 'touch ran' } }));
    put('net.bin', 'a net');
    put(DEEP, 'a net with a long name');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('gives a file by its path, however long, and runs and leaves nothing', async () => {
    const before = scratch();
    expect(Buffer.from(await fetchFromNpm(folder, 'net.bin')).toString()).toBe('a net');
    expect(Buffer.from(await fetchFromNpm(folder, DEEP)).toString()).toBe('a net with a long name');
    expect(readdirSync(folder)).not.toContain('ran');
    expect(scratch().filter((name) => !before.includes(name))).toEqual([]);
  });

  it('says what is missing', async () => {
    await expect(fetchFromNpm(folder, 'other.bin')).rejects.toThrow(/has no file other\.bin/);
    await expect(fetchFromNpm(path.join(folder, 'absent'), 'net.bin')).rejects.toThrow(
      /npm could not fetch .*absent: (?!Command failed)./,
    );
  });

  it('is read to its end at most, whatever its heads say', () => {
    const head = (size: string): Buffer => {
      const block = Buffer.alloc(512);
      block.write('package/net.bin', 0, 'latin1');
      block.write(size, 124, 'latin1');
      block.write('0', 156, 'latin1');
      return block;
    };
    expect(fileInTar(Buffer.concat([head('00000000005'), Buffer.from('a net')]), 'net.bin')?.length).toBe(5);
    expect(fileInTar(Buffer.concat([head('77777777777'), Buffer.from('a net')]), 'net.bin')?.length).toBe(5);
    for (const size of ['', 'size', '-5']) expect(fileInTar(head(size), 'net.bin')).toBeUndefined();
    expect(fileInTar(head('00000000005').subarray(0, 100), 'net.bin')).toBeUndefined();
  });
});
