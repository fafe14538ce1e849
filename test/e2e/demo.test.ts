import { once } from 'node:events';
import { mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import path from 'node:path';
import sharp from 'sharp';
import { cutOut, partyPhoto, variant } from '../fixtures/photos';
import { makeDataFolder, removeDataFolder } from '../fixtures/platform';
import { PlatformProcess, serversOn } from '../fixtures/platform-process';

/** The guest at the right of photo 1, who is in the middle of photo 3. */
const AT_THE_RIGHT = { left: 0.72, top: 0.1, width: 0.21, height: 0.32 };
const GREY = { width: 200, height: 200, channels: 3, background: '#888888' } as const;

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

    const image = await readFile(path.join(dataDir, 'demo', 'result.jpg'));
    expect(image.subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));
    expect(await readFile(path.join(dataDir, 'demo', 'index.html'), 'utf8')).toContain(
      'Photo 1, guest 3 from the left',
    );
  });

  test('with people of one’s own takes what it can, names the rest with its reason, and does it once', async () => {
    const people = path.join(dataDir, 'people');
    const ann = path.join(people, 'Ann_Lee');
    await mkdir(path.join(ann, 'older', '1999'), { recursive: true });
    await mkdir(path.join(ann, 'folder.jpg'));
    await mkdir(path.join(people, 'Mary'));
    await writeFile(path.join(ann, 'portrait.jpg'), await cutOut(partyPhoto(1), AT_THE_RIGHT, 0));
    await writeFile(
      path.join(ann, 'older', '1999', 'nested.jpg'),
      await variant(await cutOut(partyPhoto(1), AT_THE_RIGHT, 0), 1),
    );
    await writeFile(path.join(ann, 'text.jpg'), 'This is a text.');
    await writeFile(path.join(ann, 'empty.jpg'), '');
    await writeFile(path.join(ann, 'large.jpg'), Buffer.concat([partyPhoto(1), Buffer.alloc(17 * 2 ** 20)]));
    await writeFile(path.join(ann, 'moving.gif'), 'GIF89a');
    await writeFile(path.join(ann, 'phone.heic'), Buffer.from('\0\0\0\u0018ftypheic\0\0\0\0mif1heic', 'latin1'));
    await writeFile(path.join(ann, 'notes.txt'), 'no image');
    await writeFile(path.join(ann, 'cut.jpg'), partyPhoto(2).subarray(0, 30_000));
    await symlink('nowhere', path.join(ann, 'broken.jpg'));
    await writeFile(path.join(people, 'Mary', 'group.jpg'), partyPhoto(3));
    await symlink(path.join(people, 'Mary'), path.join(people, 'Mary_again'));
    await writeFile(path.join(people, 'loose.jpg'), partyPhoto(2));
    const probes = path.join(dataDir, 'probes');
    await mkdir(probes);
    await writeFile(path.join(probes, 'party.jpg'), partyPhoto(3));
    await writeFile(path.join(probes, 'wall.png'), await sharp({ create: GREY }).png().toBuffer());
    await writeFile(path.join(probes, 'text.jpg'), 'This is a text.');

    const command = ['demo/main.js', '--once', '--people', people, '--probe', probes] as const;
    const env = { LIKENESS_PACKS: 'bundled' };
    demo = PlatformProcess.spawn({ dataDir, command, env });
    expect({ ...(await demo.ended), output: demo.output }).toMatchObject({ code: 0 });
    for (const line of [
      /^Ann Lee +2 +0 +1$/m,
      /^Mary +0 +0 +1$/m,
      /^Ann_Lee\/text\.jpg +The bytes are not an image/m,
      /^Ann_Lee\/empty\.jpg +The image is empty/m,
      /^Ann_Lee\/large\.jpg +has 17\.\d MB: an image may have 15$/m,
      /^Ann_Lee\/folder\.jpg +is an empty folder$/m,
      /^Ann_Lee\/broken\.jpg +is a link to nothing$/m,
      /^Ann_Lee\/moving\.gif +This is a GIF/m,
      /^Ann_Lee\/phone\.heic +This is a HEIC image/m,
      /^Ann_Lee\/cut\.jpg +IMAGE_UNREADABLE: /m,
      /^Mary\/group\.jpg +AMBIGUOUS_FACE: /m,
      /^Mary_again +is a link to a folder that was looked through already$/m,
      /^loose\.jpg +lies beside the folders/m,
      /^Not searched: probes\/text\.jpg +The bytes are not an image/m,
      /^Skipped, being no images: 1 \.txt$/m,
      /^2 indexed, 0 were there already, 11 not indexed$/m,
      /^2 +Ann Lee +9\d\.\d$/m,
      /^There is no face in wall\.png\.$/m,
    ]) {
      expect(demo.output).toMatch(line);
    }
    expect(await readdir(path.join(dataDir, 'demo'))).toEqual(['index.html', 'result-2.jpg', 'result.jpg']);

    demo = PlatformProcess.spawn({ dataDir, command, env });
    expect(await demo.ended).toMatchObject({ code: 0 });
    expect(demo.output).toMatch(/^0 indexed, 2 were there already, 11 not indexed$/m);
    expect(demo.output).toMatch(/^2 +Ann Lee +9\d\.\d$/m);
  });

  test('that runs already is named to a second one', async () => {
    demo = PlatformProcess.spawn({ dataDir, command: ['demo/main.js'], env: { LIKENESS_PACKS: 'bundled' } });
    await demo.waitFor(/is up/);
    const { port } = new URL(/is up after .* on (\S+)/.exec(demo.output)![1]!);
    const second = PlatformProcess.spawn({ dataDir, command: ['demo/main.js'], env: { LIKENESS_PORT: port } });
    expect(await second.ended).toMatchObject({ code: 78 });
    expect(second.output).toContain(`is held by pid ${demo.pid}`);
    expect(second.output).not.toMatch(/\n\s+at /);
  });

  test('stopped in the middle of its story, it leaves nothing running', async () => {
    const one = run();
    await one.waitFor(/Enrolling 5 images/);
    expect(await one.end('SIGINT')).toEqual({ code: 0, signal: null });
    expect(one.output).not.toContain('Done after');
    expect(serversOn(dataDir)).toEqual([]);
    expect(await readdir(dataDir)).not.toContain('lock');
  });
});
