import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MODEL_FORMATS } from '../../packages/packs/src';
import { findSoundFile, locatePack, modelsOf, readChecked, sourceOf } from '../../workers/inference/pack-files';
import { embeddingDigest } from '../../workers/inference/pack-digest';
import {
  parsePackManifest,
  type PackFile,
  type PackManifest,
  type PackModel,
} from '../../workers/inference/pack-manifest';
import { filesToFetch } from '../../workers/inference/pack-pull';
import { readPack } from '../../workers/inference/pack-registry';

const MODELS = path.resolve(__dirname, '../../models');
const manifestOf = (id: string): PackManifest => {
  const file = path.join(MODELS, id, 'pack.json');
  return parsePackManifest(readFileSync(file, 'utf8'), file);
};
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** What the digest says of a pack that states none, whether this one does or not. */
const computed = (manifest: PackManifest): string => embeddingDigest({ ...manifest, embeddingDigest: undefined });

describe.each(readdirSync(MODELS))('models/%s/pack.json', (id) => {
  const manifest = manifestOf(id);

  it('is valid, named like its folder and calibrated on a named set', () => {
    expect(`${manifest.name}@${manifest.version}`).toBe(id);
    expect(manifest.calibration?.source).toMatch(/pairsDevTrain/);
    expect(manifest.licence).not.toBe('');
  });

  it('has a digest that nothing changes which changes no vector', () => {
    const { detector, landmarks, embedders } = manifest;
    const digest = computed(manifest);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    const [first, ...rest] = embedders[0]!.model.files;
    const moved: PackFile = { url: 'https://models.example/net.bin', bytes: 7, sha256: first!.sha256 };
    const models = [
      { ...embedders[0]!.model, files: [moved, ...rest] },
      { ...embedders[0]!.model, runtime: 'tfjs' as const },
      { ...embedders[0]!.model, runtime: 'onnxruntime' as const },
      { ...embedders[0]!.model, equivalents: [{ format: 'onnx' as const, files: [moved] }] },
    ];
    const variants: PackManifest[] = [
      { ...manifest, description: 'other', calibration: { ...manifest.calibration!, revision: 'other' } },
      { ...manifest, detector: { ...detector, scoreThreshold: 0.123, maxOverlap: 0.9 } },
      { ...manifest, landmarks: { ...landmarks, scoreThreshold: 0.123 } },
      ...models.map((model) => ({ ...manifest, embedders: [{ ...embedders[0]!, model }, ...embedders.slice(1)] })),
    ];
    for (const variant of variants) expect(computed(variant)).toBe(digest);
  });

  it('has another digest when anything that can change a vector changes', () => {
    const { detector, landmarks, embedders } = manifest;
    const [embedder, ...others] = embedders;
    const changed = <T extends { readonly model: PackManifest['detector']['model'] }>(stage: T): T => ({
      ...stage,
      model: { ...stage.model, files: [{ local: 'x', sha256: '0'.repeat(64) }, ...stage.model.files.slice(1)] },
    });
    const input = { ...embedder!.input, std: [1, 2, 3] as [number, number, number] };
    const template = embedder!.template.map(([x, y]): [number, number] => [x + 1, y]);
    const firsts: PackManifest['embedders'] = [
      { ...embedder!, templateScale: 1.11 },
      { ...embedder!, averageMirrored: !embedder!.averageMirrored },
      { ...embedder!, output: embedder!.output === 'RAW' ? 'SQRT' : 'RAW' },
      { ...embedder!, unit: !embedder!.unit },
      { ...embedder!, weight: 0.123 },
      { ...embedder!, size: embedder!.size + 1 },
      { ...embedder!, dimension: embedder!.dimension + 1 },
      { ...embedder!, centre: { pack: 'other.json', sha256: '1'.repeat(64) } },
      { ...embedder!, input },
      { ...embedder!, template },
      changed(embedder!),
    ];
    const variants: PackManifest[] = [
      { ...manifest, detector: changed(detector) },
      { ...manifest, detector: { ...detector, input } },
      { ...manifest, landmarks: { ...landmarks, size: landmarks.size + 1 } },
      { ...manifest, landmarks: changed(landmarks) },
      { ...manifest, landmarks: { ...landmarks, input } },
      { ...manifest, metric: manifest.metric === 'COSINE' ? 'EUCLIDEAN' : 'COSINE' },
      { ...manifest, embedders: [embedder!, embedder!, ...others] },
      ...firsts.map((one) => ({ ...manifest, embedders: [one, ...others] })),
    ];
    const digests = new Set([manifest, ...variants].map(computed));
    expect(digests.size).toBe(variants.length + 1);
  });
});

describe('the packs of the first version', () => {
  it('keep the digests that stored vectors are known by', () => {
    expect(embeddingDigest(manifestOf('bundled@1'))).toBe(
      'e6579286b11bec94723ee41d0e3eb447aa2c4773549d7ccb2bfd7200373b9e3f',
    );
    expect(embeddingDigest(manifestOf('yunet-reid0095@1'))).toBe(
      '658bb73d97b603cd74adc855cfee589dfd000221cfab71e771cbe47dbab99dae',
    );
  });

  it('are the only ones that state one', () => {
    const stating = readdirSync(MODELS).filter((id) => manifestOf(id).embeddingDigest !== undefined);
    expect(stating).toEqual(['bundled@1', 'yunet-reid0095@1']);
  });
});

describe('where the files of the packs are fetched', () => {
  const addresses = readdirSync(MODELS).flatMap((id) =>
    modelsOf(manifestOf(id)).flatMap(({ files }) => files.flatMap((file) => ('url' in file ? [file.url] : []))),
  );

  it('is no branch, which moves on', () => {
    expect(addresses.length).toBeGreaterThan(0);
    const ofRepositories = addresses.filter((address) => new URL(address).hostname === 'raw.githubusercontent.com');
    expect(ofRepositories.length).toBeGreaterThan(0);
    for (const address of ofRepositories) {
      expect(new URL(address).pathname).toMatch(/^\/[\w.-]+\/[\w.-]+\/[0-9a-f]{40}\//);
    }
  });
});

describe('reading a pack', () => {
  let folder: string;
  const put = (id: string, manifest: PackManifest): void => {
    mkdirSync(path.join(folder, id));
    writeFileSync(path.join(folder, id, 'pack.json'), JSON.stringify(manifest));
  };

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'likeness-packs-'));
    for (const version of ['2', '10', '9']) put(`bundled@${version}`, { ...manifestOf('bundled@1'), version });
    put('misplaced@1', manifestOf('bundled@1'));
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  it('takes the newest version of a name, from whatever folder it is in', async () => {
    expect((await readPack('bundled', [MODELS, folder])).manifest.version).toBe('10');
  });

  it('takes the very version that is named', async () => {
    expect((await readPack('bundled@1', [folder, MODELS])).manifest.version).toBe('1');
    await expect(readPack('bundled@3', [folder, MODELS])).rejects.toThrow(/no pack bundled@3/);
  });

  it('refuses one that lies in the folder of another', async () => {
    await expect(readPack('misplaced', [folder])).rejects.toThrow(/is of bundled@1/);
  });
});

describe('a pack manifest', () => {
  it('is refused with every field that is wrong', () => {
    const bad = { ...manifestOf('bundled@1'), metric: 'MANHATTAN', name: 'Not A Name' };
    expect(() => parsePackManifest(JSON.stringify(bad), 'x/pack.json')).toThrow(/name[\s\S]*metric|metric[\s\S]*name/);
    expect(() => parsePackManifest('{', 'x/pack.json')).toThrow('x/pack.json is not JSON');
  });

  it('is refused when its calibration is not monotone', () => {
    const { calibration, ...rest } = manifestOf('bundled@1');
    const bad = { ...rest, calibration: { ...calibration!, knots: [...calibration!.knots].reverse() } };
    expect(() => parsePackManifest(JSON.stringify(bad), 'x/pack.json')).toThrow(/rise in distance/);
  });

  it.each([...MODEL_FORMATS, 'caffe'])('may name every format that the compiler reads, and no other: %s', (format) => {
    const manifest = manifestOf('bundled@1');
    const embedders = manifest.embedders.map((one) => ({ ...one, model: { ...one.model, format } }));
    const parse = (): PackManifest => parsePackManifest(JSON.stringify({ ...manifest, embedders }), 'x/pack.json');
    if (format === 'caffe') expect(parse).toThrow(/no valid pack manifest/);
    else expect(parse().embedders[0]!.model.format).toBe(format);
  });

  it('may not reach outside its folder', () => {
    const bad = manifestOf('bundled@1') as { -readonly [K in keyof PackManifest]: PackManifest[K] };
    const [embedder] = bad.embedders;
    const model = { ...embedder!.model, files: [{ local: '../../secrets', sha256: '0'.repeat(64) }] };
    bad.embedders = [{ ...embedder!, model }];
    expect(() => parsePackManifest(JSON.stringify(bad), 'x/pack.json')).toThrow(/no valid pack manifest/);
  });
});

describe('the files of a pack', () => {
  let folder: string;
  const weights = Buffer.from('weights of a net');
  const places = (): { packFolder: string; modelsFolders: string[]; cacheFolder: string } => ({
    packFolder: folder,
    modelsFolders: [path.join(folder, 'models')],
    cacheFolder: path.join(folder, 'cache'),
  });
  /** A pack with nothing to compile. */
  const withEmbedder = (file: PackFile, equivalent?: PackFile): PackManifest => {
    const { detector, landmarks, embedders, ...rest } = manifestOf('bundled@1');
    const asIs = <T extends { readonly model: PackModel }>(stage: T): T => ({
      ...stage,
      model: { ...stage.model, runtime: 'tfjs' },
    });
    const equivalents = equivalent && [{ format: 'onnx' as const, files: [equivalent] }];
    const model: PackModel = { format: 'onnx', runtime: 'onnxruntime', files: [file], equivalents };
    return {
      ...rest,
      detector: asIs(detector),
      landmarks: asIs(landmarks),
      embedders: [{ ...embedders[0]!, model }],
    };
  };
  const put = (name: string, bytes: string | Buffer): void => writeFileSync(path.join(folder, name), bytes);

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'likeness-packs-'));
    mkdirSync(path.join(folder, 'models'));
    mkdirSync(path.join(folder, 'cache'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  // Nothing listens there, and nothing asks: only `npm run models -- pull` fetches.
  const fetched: [string, PackFile][] = [
    ['an address', { url: 'http://127.0.0.1:9/a/net.bin', bytes: 16, sha256: sha256(weights) }],
    ['a tarball', { npmTarball: 'no-such-package@1.0.0', path: 'a/net.bin', bytes: 16, sha256: sha256(weights) }],
  ];

  it.each(fetched)(
    'that come from %s are found where they are kept, or by name in the models folder',
    async (_, file) => {
      const manifest = withEmbedder(file);
      await expect(locatePack(manifest, places())).rejects.toThrow(/net\.bin.*npm run models -- pull bundled/);
      put('models/net.bin', weights);
      expect(Buffer.from((await readChecked(await locatePack(manifest, places()), file)).bytes)).toEqual(weights);
      put(`cache/${sha256(weights)}`, weights);
      const kept = await readChecked(await locatePack(manifest, places()), file);
      expect(kept.name).toBe('net.bin');
    },
  );

  it('are fetched with the tables beside them, and again when they were changed on disk', async () => {
    const at = (sha256: string): PackFile => ({ url: `http://127.0.0.1:9/${sha256}`, bytes: 16, sha256 });
    const [net, centre] = [at(sha256(weights)), at('3'.repeat(64))];
    const manifest = withEmbedder(net);
    const whole = { ...manifest, embedders: manifest.embedders.map((one) => ({ ...one, centre })) };
    expect(await filesToFetch(whole, places())).toEqual([net, centre]);
    put(`cache/${sha256(weights)}`, 'tampered with');
    expect(await filesToFetch(whole, places())).toEqual([centre]);
    expect(await filesToFetch(whole, places(), findSoundFile)).toEqual([net, centre]);
    put(`cache/${sha256(weights)}`, weights);
    expect(await filesToFetch(whole, places(), findSoundFile)).toEqual([centre]);
  });

  it.each([
    { npm: '../../elsewhere', path: 'x' },
    { npm: 'a/../b', path: 'x' },
    { npm: 'package', path: '../x' },
    { local: '/etc/passwd' },
    { pack: 'a/../../x' },
    { npmTarball: '--flag@1.0.0', path: 'x', bytes: 1 },
    { url: 'file:///etc/passwd', bytes: 1 },
  ])('are refused by a manifest that leads elsewhere: %j', (file) => {
    const text = JSON.stringify(withEmbedder({ ...file, sha256: sha256(weights) } as unknown as PackFile));
    expect(() => parsePackManifest(text, 'pack.json')).toThrow(/no valid pack manifest/);
  });

  it('are refused when they were changed on disk', async () => {
    const file = { local: 'net.onnx', sha256: sha256(weights) };
    put('models/net.onnx', 'tampered with');
    const located = await locatePack(withEmbedder(file), places());
    await expect(readChecked(located, file)).rejects.toThrow(/another sha256/);
  });

  it('are replaced by equivalents where they are not at hand', async () => {
    const file = { local: 'equivalent.onnx', sha256: sha256(weights) };
    put('models/equivalent.onnx', weights);
    const manifest = withEmbedder({ local: 'absent.xml', sha256: '2'.repeat(64) }, file);
    const located = await locatePack(manifest, places());
    expect(sourceOf(located, manifest.embedders[0]!.model)).toEqual({ format: 'onnx', files: [file] });
    const neither = withEmbedder({ local: 'absent.xml', sha256: '2'.repeat(64) }, { ...file, local: 'absent.onnx' });
    await expect(locatePack(neither, places())).rejects.toThrow(/absent\.xml/);
  });

  it('are replaced by equivalents where they are damaged and those are sound', async () => {
    const canonical = { local: 'canonical.xml', sha256: '2'.repeat(64) };
    const equivalent = { local: 'equivalent.onnx', sha256: sha256(weights) };
    const manifest = withEmbedder(canonical, equivalent);
    const [{ model }] = manifest.embedders as [PackManifest['embedders'][0]];
    put('models/canonical.xml', 'cut off');
    put('models/equivalent.onnx', weights);
    expect(sourceOf(await locatePack(manifest, places()), model)).toEqual({ format: 'onnx', files: [equivalent] });
    // Where neither is sound it is the canonical file that has to be brought.
    put('models/equivalent.onnx', 'damaged too');
    const located = await locatePack(manifest, places());
    await expect(readChecked(located, sourceOf(located, model).files[0]!)).rejects.toThrow(
      /canonical\.xml.*another sha256/,
    );
  });

  it('name what is missing and the setting that says where to look', async () => {
    const absent = withEmbedder({ local: 'absent.onnx', sha256: sha256(weights) });
    await expect(locatePack(absent, places())).rejects.toThrow(/absent\.onnx.*LIKENESS_MODELS_DIR/);
    const unknown = withEmbedder({ npm: '@likeness/no-such-package', path: 'x', sha256: sha256(weights) });
    await expect(locatePack(unknown, places())).rejects.toThrow(/is not installed/);
  });
});
