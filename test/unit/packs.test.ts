import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { locatePack, readChecked } from '../../workers/inference/pack-files';
import { embeddingDigest, parsePackManifest, type PackManifest } from '../../workers/inference/pack-manifest';

const MODELS = path.resolve(__dirname, '../../models');
const manifestOf = (name: string): PackManifest => {
  const file = path.join(MODELS, name, 'pack.json');
  return parsePackManifest(readFileSync(file, 'utf8'), file);
};
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe.each(readdirSync(MODELS))('models/%s/pack.json', (name) => {
  const manifest = manifestOf(name);

  it('is valid, named like its folder and calibrated on a named set', () => {
    expect(manifest.name).toBe(name);
    expect(manifest.calibration.source).toMatch(/pairsDevTrain/);
    expect(manifest.licence).not.toBe('');
  });

  it('has a digest that the calibration, the texts and the origin of a file do not change', () => {
    const digest = embeddingDigest(manifest);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    const refitted = { ...manifest, description: 'other', calibration: { ...manifest.calibration, revision: 'other' } };
    expect(embeddingDigest(refitted)).toBe(digest);
    const [first, ...rest] = manifest.embedder.files;
    const moved = { url: 'https://models.example/net.bin', sha256: first!.sha256 };
    expect(embeddingDigest({ ...manifest, embedder: { ...manifest.embedder, files: [moved, ...rest] } })).toBe(digest);
  });

  it('has another digest when anything that can change a vector changes', () => {
    const { detector, landmarks, embedder } = manifest;
    const [first, ...rest] = embedder.files;
    const variants: PackManifest[] = [
      { ...manifest, detector: { ...detector, scoreThreshold: 0.123 } },
      { ...manifest, landmarks: { ...landmarks, size: landmarks.size + 1 } },
      { ...manifest, embedder: { ...embedder, templateScale: 1.11 } },
      { ...manifest, embedder: { ...embedder, averageMirrored: !embedder.averageMirrored } },
      { ...manifest, embedder: { ...embedder, files: [{ ...first!, sha256: '0'.repeat(64) }, ...rest] } },
      { ...manifest, metric: manifest.metric === 'COSINE' ? 'EUCLIDEAN' : 'COSINE' },
    ];
    const digests = new Set([manifest, ...variants].map(embeddingDigest));
    expect(digests.size).toBe(variants.length + 1);
  });
});

describe('a pack manifest', () => {
  it('is refused with every field that is wrong', () => {
    const bad = { ...manifestOf('bundled'), metric: 'MANHATTAN', name: 'Not A Name' };
    expect(() => parsePackManifest(JSON.stringify(bad), 'x/pack.json')).toThrow(/name[\s\S]*metric|metric[\s\S]*name/);
    expect(() => parsePackManifest('{', 'x/pack.json')).toThrow('x/pack.json is not JSON');
  });

  it('is refused when its calibration is not monotone', () => {
    const { calibration, ...rest } = manifestOf('bundled');
    const bad = { ...rest, calibration: { ...calibration, knots: [...calibration.knots].reverse() } };
    expect(() => parsePackManifest(JSON.stringify(bad), 'x/pack.json')).toThrow(/rise in distance/);
  });

  it('may not reach outside its folder', () => {
    const bad = manifestOf('bundled') as { -readonly [K in keyof PackManifest]: PackManifest[K] };
    bad.embedder = { ...bad.embedder, files: [{ local: '../../secrets', sha256: '0'.repeat(64) }] };
    expect(() => parsePackManifest(JSON.stringify(bad), 'x/pack.json')).toThrow(/no valid pack manifest/);
  });
});

describe('the files of a pack', () => {
  let folder: string;
  let server: Server;
  let hits = 0;
  const weights = Buffer.from('weights of a net');
  const places = (): { packFolder: string; modelsFolders: string[]; cacheFolder: string } => ({
    packFolder: folder,
    modelsFolders: [folder],
    cacheFolder: path.join(folder, 'cache'),
  });
  const withEmbedder = (file: PackManifest['embedder']['files'][number]): PackManifest => {
    const manifest = manifestOf('bundled');
    return { ...manifest, embedder: { ...manifest.embedder, files: [file] } };
  };
  const address = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/net.bin`;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'likeness-packs-'));
    server = createServer((_request, response) => {
      hits++;
      response.end(weights);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  });

  it('are fetched once, checked, and found in the cache from then on', async () => {
    const file = { url: address(), sha256: sha256(weights) };
    const manifest = withEmbedder(file);
    const located = await locatePack(manifest, places());
    expect(Buffer.from((await readChecked(located, file)).bytes)).toEqual(weights);
    await locatePack(manifest, places());
    expect(hits).toBe(1);
  });

  it('are not kept when they have another checksum', async () => {
    const file = { url: address(), sha256: sha256(Buffer.from('something else')) };
    await expect(locatePack(withEmbedder(file), places())).rejects.toThrow(/another sha256/);
    expect(readdirSync(path.join(folder, 'cache'))).toEqual([sha256(weights)]);
  });

  it('are refused when they were changed on disk', async () => {
    const file = { local: 'net.onnx', sha256: sha256(weights) };
    writeFileSync(path.join(folder, 'net.onnx'), 'tampered with');
    const located = await locatePack(withEmbedder(file), places());
    await expect(readChecked(located, file)).rejects.toThrow(/another sha256/);
  });

  it('name what is missing and the setting that says where to look', async () => {
    const absent = withEmbedder({ local: 'absent.onnx', sha256: sha256(weights) });
    await expect(locatePack(absent, places())).rejects.toThrow(/absent\.onnx.*LIKENESS_MODELS_DIR/);
    const unknown = withEmbedder({ npm: '@likeness/no-such-package', path: 'x', sha256: sha256(weights) });
    await expect(locatePack(unknown, places())).rejects.toThrow(/is not installed/);
  });
});
