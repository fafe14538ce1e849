import { once } from 'node:events';
import { readFile, readdir } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import path from 'node:path';
import { makeDataFolder, removeDataFolder } from '../fixtures/platform';
import { PlatformProcess, serversOn } from '../fixtures/platform-process';

describe('npm run demo -- --once', () => {
  jest.setTimeout(120_000);
  let dataDir: string;
  let holder: Server;
  let demo: PlatformProcess | undefined;

  beforeEach(async () => {
    dataDir = await makeDataFolder();
    holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
  });
  afterEach(async () => {
    await demo?.end('SIGKILL');
    holder.close();
    await removeDataFolder(dataDir);
  });

  function run(env: Record<string, string> = {}): PlatformProcess {
    demo = PlatformProcess.spawn({
      dataDir,
      command: ['demo/main.js', '--once'],
      env: { LIKENESS_PACKS: 'bundled', ...env },
    });
    return demo;
  }

  test('finds the one guest it should and knows neither of the others, though its port is taken', async () => {
    const { port } = holder.address() as AddressInfo;
    const one = run({ LIKENESS_PORT: String(port) });
    expect({ ...(await one.ended), output: one.output }).toMatchObject({ code: 0, signal: null });
    expect(one.output).toContain(`Port ${port} is taken: using a free one`);
    expect(one.output).toMatch(/^1 +unknown +-\n2 +Photo 1, guest 3 from the left +9\d\.\d\n3 +unknown +-$/m);

    const picture = await readFile(path.join(dataDir, 'demo', 'result.jpg'));
    expect(picture.subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));
    expect(await readFile(path.join(dataDir, 'demo', 'index.html'), 'utf8')).toContain(
      'Photo 1, guest 3 from the left',
    );
  });

  test('stopped in the middle of its story, it leaves nothing running', async () => {
    const one = run();
    await one.waitFor(/Enrolling 5 pictures/);
    expect(await one.end('SIGINT')).toEqual({ code: 0, signal: null });
    expect(one.output).not.toContain('Done after');
    expect(serversOn(dataDir)).toEqual([]);
    expect(await readdir(dataDir)).not.toContain('lock');
  });
});
