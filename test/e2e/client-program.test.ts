import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTenant, type TestTenant } from '../factories/tenant';
import { cutOut, partyPhoto, type Box } from '../fixtures/photos';
import { TestPlatform } from '../fixtures/platform';

const ROOT = path.join(__dirname, '..', '..');
const [, PROGRAM = ''] =
  /<!-- test:client -->\s*```ts\n([\s\S]*?)```/.exec(readFileSync(path.join(ROOT, 'docs', 'client.md'), 'utf8')) ?? [];

/** A project of somebody else's, as strict as TypeScript can be. */
const TSCONFIG = {
  compilerOptions: {
    target: 'ES2022',
    lib: ['ES2023'],
    module: 'nodenext',
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    types: ['node'],
    typeRoots: [path.join(ROOT, 'node_modules', '@types')],
  },
  files: ['people.ts'],
};

describe('the program of docs/client.md', () => {
  let platform: TestPlatform;
  let tenant: TestTenant;
  let folder: string;

  beforeAll(async () => {
    platform = await TestPlatform.start();
    tenant = await createTenant(platform.operator);
    folder = await mkdtemp(path.join(tmpdir(), 'likeness-client-'));
    mkdirSync(path.join(folder, 'node_modules', '@likeness'), { recursive: true });
    symlinkSync(path.join(ROOT, 'packages', 'client'), path.join(folder, 'node_modules', '@likeness', 'client'), 'dir');
    writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG));
    writeFileSync(path.join(folder, 'people.ts'), PROGRAM);
  });
  afterAll(async () => {
    await platform?.stop();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> =>
    new Promise((resolve, reject) => {
      const options = { cwd: folder, env: { PATH: process.env.PATH ?? '', ...env }, timeout: 60_000 };
      execFile(process.execPath, args, options, (error, stdout, stderr) => {
        if (error) reject(new Error(`${error.message}\n${stdout}\n${stderr}`));
        else resolve(stdout);
      });
    });

  test('has at most 60 lines', () => {
    expect(PROGRAM).toContain('createClient');
    expect(PROGRAM.split('\n').length).toBeLessThanOrEqual(60);
  });

  test('is taken by TypeScript with the types that the package brings', async () => {
    await run([path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')]);
  });

  test('enrols a folder, says what was left out, and finds who is in a photograph', async () => {
    const { faces } = await tenant.detect(partyPhoto(1));
    const boxes = faces.map(({ boundingBox }: { boundingBox: Box }) => boundingBox);
    const rightmost = boxes.reduce((best: Box, box: Box) => (box.left > best.left ? box : best));
    const leftmost = boxes.reduce((best: Box, box: Box) => (box.left < best.left ? box : best));
    for (const [name, box] of [
      ['Mary Jones', rightmost],
      ['Ann Lee', leftmost],
    ] as const) {
      mkdirSync(path.join(folder, 'people', name), { recursive: true });
      writeFileSync(path.join(folder, 'people', name, '1.jpg'), await cutOut(partyPhoto(1), box));
    }
    writeFileSync(path.join(folder, 'people', 'Ann Lee', 'notes.jpg'), 'This is no image');
    writeFileSync(path.join(folder, 'photo.jpg'), partyPhoto(3));
    const output = await run(['people.js'], { LIKENESS_URL: platform.url, LIKENESS_KEY: tenant.api.key! });
    const lines = output.trim().split('\n');
    expect(lines).toContain('3 of 3 sent, 2 indexed, 1 not');
    expect(output).toContain(`${path.join('people', 'Ann Lee', 'notes.jpg')}: IMAGE_UNSUPPORTED: `);
    const found = lines.filter((line) => line.startsWith('face '));
    expect(found).toHaveLength(3);
    expect(found.filter((line) => line.includes('Mary Jones ('))).toHaveLength(1);
    expect(found.filter((line) => line.endsWith(': unknown'))).toHaveLength(2);
    // Another run finds the collection and the faces of the first.
    const again = await run(['people.js'], { LIKENESS_URL: platform.url, LIKENESS_KEY: tenant.api.key! });
    expect(again).toContain('3 of 3 sent, 2 indexed, 1 not');
  });
});
