import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { isHere, suiteWhere } from '../fixtures/needs';
import { findTestData } from '../fixtures/photos';
import { testPack } from '../fixtures/platform';

const MAIN = path.join(__dirname, '..', '..', 'dist', 'faults', 'main.js');

const photos = findTestData('the harness of faults');
const milvusLite = process.env.LIKENESS_TEST_MILVUS_LITE;
const hasMilvus = isHere(Boolean(milvusLite), 'The harness of faults is skipped: LIKENESS_TEST_MILVUS_LITE is not set');

suiteWhere(photos !== undefined && hasMilvus)('npm run faults', () => {
  jest.setTimeout(300_000);
  let running: ChildProcess | undefined;
  afterAll(() => running?.kill('SIGTERM'));

  async function faults(...args: string[]): Promise<{ code: number | null; output: string }> {
    const env = { ...process.env, LIKENESS_PACKS: testPack() };
    const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    running = child;
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    }
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, output };
  }

  test('a short run breaks engines and processes, and finds every promise kept', async () => {
    const run = await faults(
      ...['--photos', photos!.folder(path.join('lfw-view1', 'images')), '--milvus-lite', milvusLite!],
      ...['--seed', '4', '--rounds', '2', '--images', '20', '--faults', '2', '--recovery-limit', '60'],
      ...['--kinds', 'kill worker,kill api,restart redis,restart milvus'],
    );
    expect(run.output).toMatch(
      /seed 4: 4 faults, \d+ enrolled, \d+ deleted, slowest recovery \d+ ms, 0 promises broken/,
    );
    expect(run.code).toBe(0);
  });

  test('a kind of fault that there is not is told, and nothing is started', async () => {
    const run = await faults('--photos', '.', '--kinds', 'kill everybody');
    expect(run).toEqual({ code: 2, output: expect.stringMatching(/^Usage: npm run faults/) });
  });
});
