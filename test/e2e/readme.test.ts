import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTenant } from '../factories/tenant';
import { partyPhoto } from '../fixtures/photos';
import { TestPlatform } from '../fixtures/platform';

const ROOT = path.join(__dirname, '..', '..');
/** Read in this order, as one would. */
const PAGES = ['README.md', 'docs/quickstart.md'];
const TUTORIAL = 'docs/tutorials/one-shot.md';
const MARKED = /<!-- test:readme -->\s*```(?:bash|sh)\n([\s\S]*?)```/g;

const examplesOf = (...pages: readonly string[]): string[] =>
  pages.flatMap((page) => [...readFileSync(path.join(ROOT, page), 'utf8').matchAll(MARKED)]).map((match) => match[1]!);

describe('the examples of the README, its next page and the tutorial', () => {
  jest.setTimeout(150_000);
  let platform: TestPlatform;
  let folder: string;

  beforeAll(async () => {
    platform = await TestPlatform.start();
    folder = await mkdtemp(path.join(tmpdir(), 'likeness-readme-'));
    for (const number of [1, 2, 3, 4, 5, 6] as const) {
      writeFileSync(path.join(folder, `sample${number}.jpg`), partyPhoto(number));
    }
  });
  afterAll(async () => {
    await platform?.stop();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  test('are there', () => {
    expect(examplesOf(...PAGES).length).toBeGreaterThan(5);
    expect(examplesOf(TUTORIAL).length).toBeGreaterThan(5);
  });

  /** Each in the same shell, as one pastes them: what an example sets the next may use. The first failure ends it. */
  const paste = (examples: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<string> => {
    const env = {
      PATH: process.env.PATH ?? '',
      HOME: folder,
      LIKENESS_URL: platform.url,
      ...more,
      LIKENESS_OPERATOR_KEY: platform.operator.key!,
      // Where the images of the examples lie: the folder that an npm dependency brings.
      PHOTOS: folder,
    };
    const script = ['set -euo pipefail', ...examples].join('\n').replaceAll('http://127.0.0.1:4000', platform.url);
    return new Promise<string>((resolve, reject) => {
      execFile('bash', ['-c', script], { env, cwd: ROOT, timeout: 120_000 }, (error, stdout, stderr) => {
        if (error) reject(new Error(`${error.message}\n${stdout}\n${stderr}`));
        else resolve(stdout + stderr);
      });
    });
  };

  test('work as pasted, one after the other in one shell', async () => {
    const tenant = await createTenant(platform.operator);
    expect(await paste(examplesOf(...PAGES), { LIKENESS_KEY: tenant.api.key! })).not.toContain('"errors"');
  });

  test('of the tutorial tell who was enrolled with one photograph, from another, and know no others', async () => {
    const output = await paste(examplesOf(TUTORIAL));
    expect(output).toMatch(/^ +1 +the same person +9\d\.\d/m);
    expect(output).toMatch(/^ +1 +another person +\d/m);
    expect(output).toContain('another person (status 3)');
    expect(output).toMatch(/ 1 +Mary +9\d\.\d.*\n.* 2 +unknown.*\n.* 3 +unknown/);
  });
});
