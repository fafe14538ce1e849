import { once } from 'node:events';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import path from 'node:path';
import { partyPhoto } from '../fixtures/photos';
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

  test('of people of one’s own tells of a group photo, and does not take it', async () => {
    const people = path.join(dataDir, 'people');
    await mkdir(path.join(people, 'Mary'), { recursive: true });
    await writeFile(path.join(people, 'Mary', 'group.jpg'), partyPhoto(3));
    const probe = path.join(dataDir, 'probe.jpg');
    await writeFile(probe, partyPhoto(1));
    demo = PlatformProcess.spawn({
      dataDir,
      command: ['demo/main.js', '--once', '--people', people, '--probe', probe],
      env: { LIKENESS_PACKS: 'bundled' },
    });
    expect(await demo.ended).toMatchObject({ code: 0 });
    expect(demo.output).toMatch(/group\.jpg was not enrolled: \d faces of this picture may be the person's/);
    expect(demo.output).not.toMatch(/^\d +Mary/m);
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
