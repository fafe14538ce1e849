import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { newId } from '../../src/domain/ids';
import { ErasureLedgerFile } from '../../src/infra/storage/erasure-ledger-file';
import type { ErasureRecord } from '../../src/records/erasure';

let folder: string;
let file: string;
let ledger: ErasureLedgerFile;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'likeness-ledger-'));
  file = path.join(folder, 'new', 'erasures.jsonl');
  ledger = new ErasureLedgerFile(file);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const record = (changes: Partial<ErasureRecord> = {}): ErasureRecord => ({
  tenantId: newId(),
  kind: 'PERSON',
  id: newId(),
  at: new Date('2026-11-28T12:00:00.123Z'),
  endsAt: null,
  ...changes,
});

async function readAll(from = 0): Promise<ErasureRecord[]> {
  const all: ErasureRecord[] = [];
  for await (const batch of ledger.read(from)) all.push(...batch);
  return all;
}

test('gives back what it was given, from any record on', async () => {
  expect(await ledger.length()).toBe(0);
  const [first, second] = [record(), record({ kind: 'API_KEY', endsAt: new Date('2026-12-01T00:00:00Z') })];
  const length = await ledger.append([first]);
  expect(await ledger.append([second])).toBe(await ledger.length());
  expect(await readAll()).toEqual([first, second]);
  expect(await readAll(length)).toEqual([second]);
});

test('in batches, however many there are', async () => {
  await ledger.append(Array.from({ length: 1_201 }, () => record()));
  const sizes: number[] = [];
  for await (const batch of ledger.read(0)) sizes.push(batch.length);
  expect(sizes).toEqual([500, 500, 201]);
});

test('a line that was cut off takes no other along', async () => {
  const [first, second] = [record(), record()];
  await ledger.append([first]);
  await appendFile(file, '{"tenantId":"0');
  await ledger.append([second]);
  expect(await readAll()).toEqual([first, second]);
});

test.each([
  ['by a line', '\0\0\0\0\n'],
  ['by nothing', '\0\0\0\0'],
])('NULs that a crash left in place of a line, followed %s, take no other along', async (_what, text) => {
  const [first, second] = [record(), record()];
  await ledger.append([first]);
  await appendFile(file, text);
  await ledger.append([second]);
  expect(await readAll()).toEqual([first, second]);
});

test('NULs right before a line take it not along', async () => {
  const [first, second] = [record(), record()];
  const length = await ledger.append([first]);
  await ledger.append([second]);
  const text = await readFile(file, 'utf8');
  await writeFile(file, `${text.slice(0, length)}\0\0\0${text.slice(length)}`);
  expect(await readAll()).toEqual([first, second]);
});

test.each([
  ['another file', 'root:x:0:0\n'],
  ['braces without JSON', '{nothing}\n'],
  ['JSON of something else', '{"level":30}\n'],
  ['an id that is none', `{"tenantId":"x","kind":"FACE","id":"${newId()}","at":"2026-11-28T12:00:00Z"}\n`],
])('%s is refused, and not taken for a ledger without records', async (_what, text) => {
  await ledger.append([record()]);
  await writeFile(file, (await readFile(file, 'utf8')) + text);
  await expect(readAll()).rejects.toMatchObject({ code: 'CONFLICT' });
});
