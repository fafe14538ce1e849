import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ExportedEntry } from '../../src/domain/audit-verify';
import { createTenant, type TestTenant } from '../factories/tenant';
import { partyPhoto } from '../fixtures/photos';
import { makeDataFolder, removeDataFolder } from '../fixtures/platform';
import { PlatformProcess } from '../fixtures/platform-process';

describe('npm run audit, on a data folder whose Likeness is stopped', () => {
  jest.setTimeout(120_000);
  let dataDir: string;
  let tenant: TestTenant;
  const photo = partyPhoto(1);
  const file = (name: string): string => path.join(dataDir, name);

  beforeAll(async () => {
    dataDir = await makeDataFolder();
    const platform = await PlatformProcess.start({ dataDir });
    try {
      tenant = await createTenant(platform.operator);
      const collectionId = await tenant.createCollection();
      await tenant.search([collectionId], { base64: photo.toString('base64') });
    } finally {
      await platform.end('SIGTERM');
    }
  });
  afterAll(() => removeDataFolder(dataDir));

  async function audit(...args: string[]): Promise<{ code: number | null; output: string }> {
    const one = PlatformProcess.spawn({ dataDir, command: ['cli/audit-command.js', ...args] });
    const { code } = await one.ended;
    return { code, output: one.output };
  }
  const linesOf = (output: string): string[] => output.split('\n').filter((line) => line.startsWith('{'));

  test('exports what verifies offline, and names each row that was touched or cut off', async () => {
    const exported = await audit('export', '--tenant', tenant.id);
    expect(exported.code).toBe(0);
    const lines = linesOf(exported.output);
    const rows = lines.slice(0, -1).map((line) => JSON.parse(line) as ExportedEntry);
    const checkpoint = lines.at(-1)!;
    expect(rows.map(({ seq }) => seq)).toEqual(['1', '2', '3']);
    await writeFile(file('whole.jsonl'), lines.join('\n'));
    expect(await audit('verify', file('whole.jsonl'))).toMatchObject({
      code: 0,
      output: expect.stringContaining('3 rows from 1 on'),
    });

    const touched = rows.map((row, index) =>
      index === 1 ? { ...row, content: row.content!.replace('createCollection', 'updateCollection') } : row,
    );
    await writeFile(file('touched.jsonl'), [...touched.map((row) => JSON.stringify(row)), checkpoint].join('\n'));
    expect(await audit('verify', file('touched.jsonl'))).toMatchObject({
      code: 1,
      output: expect.stringMatching(/^CHANGED: Row 2 /m),
    });

    await writeFile(file('cut.jsonl'), [...lines.slice(0, 2), checkpoint].join('\n'));
    expect(await audit('verify', file('cut.jsonl'))).toMatchObject({
      code: 1,
      output: expect.stringMatching(/^CUT: Row 3 /m),
    });
    const key = '0'.repeat(64);
    expect((await audit('verify', '--key', key, file('whole.jsonl'))).output).toMatch(/^BAD_CHECKPOINT: /m);
    await writeFile(file('nonsense.jsonl'), 'nonsense');
    expect(await audit('verify', file('nonsense.jsonl'))).toMatchObject({
      code: 1,
      output: expect.stringContaining('Line 1'),
    });
  });

  test('erases what a row says, verifies the database all the same, and knows a probe again', async () => {
    await writeFile(file('photo.jpg'), photo);
    const lines = linesOf((await audit('export', '--tenant', tenant.id)).output);
    const search = lines
      .map((line) => JSON.parse(line) as ExportedEntry)
      .find((row) => /searchFaces/.test(row.content ?? ''))!;
    const digest = await audit('digest', '--tenant', tenant.id, file('photo.jpg'));
    const { probes } = JSON.parse(search.content!) as { probes: string[] };
    expect(digest.output).toContain(probes[0]);

    expect((await audit('erase', '--tenant', tenant.id, search.seq)).output).toContain(`Erased: ${search.seq}`);
    await writeFile(file('checkpoint.json'), lines.at(-1)!);
    const verified = await audit('verify', '--tenant', tenant.id, file('checkpoint.json'));
    expect(verified).toMatchObject({ code: 0, output: expect.stringContaining('nothing is wrong') });
    expect(await readFile(file('checkpoint.json'), 'utf8')).toContain(tenant.id);
    expect((await audit('export', '--tenant', tenant.id)).output).not.toContain(probes[0]);
  });

  test('says how it is used', async () => {
    expect(await audit('verify')).toMatchObject({ code: 2, output: expect.stringContaining('Usage') });
    const stranger = await audit('verify', '--tenant', '01900000-0000-7000-8000-000000000000');
    expect(stranger).toMatchObject({ code: 1, output: expect.stringContaining('No tenant') });
  });
});
