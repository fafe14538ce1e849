import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { zipSync } from 'fflate';
import { loadFormat } from '../../packages/packs/src';
import { createTenant } from '../factories/tenant';
import { hasKeras, KerasNetworks } from '../fixtures/keras';
import { kerasFile, layer } from '../fixtures/keras-file';
import { suiteWhere } from '../fixtures/needs';
import { partyPhoto } from '../fixtures/photos';
import { makeDataFolder, removeDataFolder } from '../fixtures/platform';
import { PlatformProcess, type Ending } from '../fixtures/platform-process';

const SETTINGS = '--input 112x112 --template arcface --normalize 127.5,128 --name mine'.split(' ');
const FORM = ['--lambda', 'unit=l2-normalize'];
const COMPARE = `query ($photo: String!, $pack: String!) {
  compareFaces(source: { base64: $photo }, target: { base64: $photo }, modelPack: $pack) {
    faces { distance }
  }
}`;

/** An embedder that somebody trained with Keras, from the file to an answer of the server. */
suiteWhere(hasKeras())('npm run models, with a model of Keras', () => {
  jest.setTimeout(200_000);
  const networks = new KerasNetworks();
  let dataDir: string;

  const models = async (...args: string[]): Promise<Ending & { output: string }> => {
    const one = PlatformProcess.spawn({ dataDir, command: ['cli/models-command.js', ...args] });
    return { ...(await one.ended), output: one.output };
  };
  const trained = (extension: 'h5' | 'keras'): string => path.join(networks.folder, `embedder.${extension}`);
  const add = (file: string, ...more: string[]): ReturnType<typeof models> =>
    models('add', file, ...SETTINGS, '--dimension', '64', ...more);
  const put = (name: string, bytes: Uint8Array): string => {
    const file = path.join(dataDir, name);
    writeFileSync(file, bytes);
    return file;
  };
  const bytesOf = (extension: 'h5' | 'keras'): Buffer => Buffer.from(networks.read('embedder').file(extension).bytes);
  const spoilt = (): Uint8Array =>
    kerasFile('spoilt.h5', [
      layer('InputLayer', 'image', { batch_input_shape: [null, 112, 112, 3] }),
      layer('GlobalAveragePooling2D', 'mean'),
      { ...layer('Dense', 'last', { use_bias: false }, { kernel: [3, 64] }), fill: NaN },
    ]).bytes;
  const packs = (): string[] =>
    existsSync(path.join(dataDir, 'packs')) ? readdirSync(path.join(dataDir, 'packs')) : [];

  beforeAll(async () => {
    await loadFormat('keras');
    dataDir = await makeDataFolder();
    await networks.write(['embedder'], ['embedder']);
  });
  afterAll(async () => {
    networks.remove();
    await removeDataFolder(dataDir);
  });

  test.each<[string, () => ReturnType<typeof models>, number, RegExp]>([
    [
      'a file cut short',
      () => add(put('cut.h5', bytesOf('h5').subarray(0, 20_000)), ...FORM),
      1,
      /cut\.h5 .*cut short/,
    ],
    ['weights spoilt', () => add(put('spoilt.h5', spoilt())), 1, /The weight last\/matrix holds what is no number/],
    [
      'a pickle',
      () => add(put('net.keras', Buffer.from('\x80\x04cos\nsystem\n', 'latin1'))),
      1,
      /net\.keras is a pickle/,
    ],
    [
      'an archive that unpacks to more than a model can be',
      () => add(put('bomb.keras', zipSync({ 'config.json': Buffer.from('{}'), 'metadata.json': new Uint8Array(5e6) }))),
      1,
      /bomb\.keras unpacks to more than a model can be/,
    ],
    ['code that is not said', () => add(trained('h5')), 1, /never run\. Say what it does with --lambda .* unit/],
    ['a form that is none', () => add(trained('h5'), '--lambda', 'unit=magic'), 1, /magic is no form .* for unit/],
    ['a form of no layer', () => add(trained('h5'), ...FORM, '--lambda', 'x=sqrt'), 1, /no Lambda that is called x/],
    ['a form without its layer', () => add(trained('h5'), '--lambda', 'sqrt'), 2, /--lambda.* must be LAYER=FORM/],
    ['another number of outputs', () => add(trained('h5'), ...FORM, '--dimension', '512'), 1, /64, not 512 numbers/],
    ['another size of image', () => add(trained('h5'), ...FORM, '--input', '96x96'), 1, /Got: 96 Expected: 112/],
  ])('a model with %s is refused with a sentence, and nothing is left of it', async (_, tried, status, reason) => {
    const { code, output } = await tried();
    expect(output).toMatch(reason);
    expect(output).not.toMatch(/\n\s+at /);
    expect(code).toBe(status);
    expect(packs()).toEqual([]);
  });

  test('its layers are told', async () => {
    const { code, output } = await models('summary', trained('keras'), ...FORM);
    expect(output).toMatch(/features \(Dense\) +\(None, 64\) +8,256\n/);
    expect(output).toMatch(
      /Total params: 9,443 \(36\.89 KB\)\nTrainable params: 9,331 \(36\.45 KB\)\nNon-trainable params: 112 \(448\.00 B\)/,
    );
    expect(code).toBe(0);
    expect(await models('summary', '/no/such/file.h5')).toMatchObject({ code: 2 });
  });

  test('it becomes a pack, from either kind of file, and the server compares faces with it', async () => {
    for (const [i, extension] of (['h5', 'keras'] as const).entries()) {
      const { code, output } = await add(trained(extension), ...FORM, '--version', `${i + 1}`);
      expect(output).toMatch(/mine@\d serves/);
      expect(code).toBe(0);
    }
    const platform = await PlatformProcess.start({ dataDir, env: { LIKENESS_PACKS: 'bundled,mine@1,mine@2' } });
    try {
      const { api } = await createTenant(platform.operator);
      const photo = partyPhoto(1).toString('base64');
      const distances = async (pack: string): Promise<number[]> => {
        const { compareFaces } = await api.call(COMPARE, { photo, pack });
        return compareFaces.faces.map(({ distance }: { distance: number }) => distance);
      };
      const first = await distances('mine@1');
      expect(first[0]).toBe(0);
      expect(Math.max(...first)).toBeGreaterThan(0.001);
      expect(await distances('mine@2')).toEqual(first);
    } finally {
      await platform.end();
    }
  });
});
