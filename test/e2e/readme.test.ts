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
const MARKED = /<!-- test:readme -->\s*```(?:bash|sh)\n([\s\S]*?)```/g;

const found = PAGES.flatMap((page) => [...readFileSync(path.join(ROOT, page), 'utf8').matchAll(MARKED)]).map(
  (match) => match[1]!,
);

describe('the examples of the README and its next page', () => {
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

  test('are there', () => expect(found.length).toBeGreaterThan(5));

  test('work as pasted, one after the other in one shell', async () => {
    const tenant = await createTenant(platform.operator);
    const env = {
      PATH: process.env.PATH ?? '',
      HOME: folder,
      LIKENESS_URL: platform.url,
      LIKENESS_KEY: tenant.api.key!,
      LIKENESS_OPERATOR_KEY: platform.operator.key!,
      // Where the images of the examples lie: the folder that an npm dependency brings.
      PHOTOS: folder,
    };
    // Each in the same shell, as one pastes them: what an example sets the next may use. The first failure ends it.
    const script = ['set -euo pipefail', ...found].join('\n').replaceAll('http://127.0.0.1:4000', platform.url);
    const output = await new Promise<string>((resolve, reject) => {
      execFile('bash', ['-c', script], { env, cwd: ROOT, timeout: 120_000 }, (error, stdout, stderr) => {
        if (error) reject(new Error(`${error.message}\n${stdout}\n${stderr}`));
        else resolve(stdout + stderr);
      });
    });
    expect(output).not.toContain('"errors"');
  });
});
