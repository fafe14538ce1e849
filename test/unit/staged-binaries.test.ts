import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { binariesIn } from '../../src/infra/postgres/binaries';
import { stageBinaries } from '../../src/infra/postgres/staged-binaries';
import { suiteWhere } from '../fixtures/needs';

const isRoot = process.getuid?.() === 0;
if (!isRoot) process.stderr.write('Copies of PostgreSQL are skipped: only root makes them\n');

suiteWhere(isRoot)('a copy of PostgreSQL among temporary files', () => {
  const folders: string[] = [];
  const makeHome = (): string => {
    const home = mkdtempSync(path.join(tmpdir(), 'likeness-test-'));
    folders.push(home);
    for (const name of ['bin', 'lib']) mkdirSync(path.join(home, name));
    for (const file of ['bin/postgres', 'bin/initdb', 'lib/library.so']) writeFileSync(path.join(home, file), file);
    return home;
  };
  const stage = (home: string): string => {
    const staged = stageBinaries(binariesIn(home))!.home;
    folders.push(staged);
    return staged;
  };
  afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true, force: true })));

  it('lets nobody else write what it holds, whatever the source allows', () => {
    const home = makeHome();
    for (const name of ['bin', 'bin/initdb', 'lib/library.so']) chmodSync(path.join(home, name), 0o777);
    const staged = stage(home);
    for (const name of ['', 'bin', 'bin/initdb', 'lib', 'lib/library.so']) {
      expect([name, lstatSync(path.join(staged, name)).mode & 0o022]).toEqual([name, 0]);
    }
  });

  it('is made anew when a part of it is gone', () => {
    const home = makeHome();
    const staged = stage(home);
    rmSync(path.join(staged, 'bin', 'initdb'));
    expect(stage(home)).toBe(staged);
    expect(existsSync(path.join(staged, 'bin', 'initdb'))).toBe(true);
  });
});
