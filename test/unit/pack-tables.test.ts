import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sha256Of } from '../../workers/inference/checksum';
import { readPack } from '../../workers/inference/pack-registry';
import { readTables } from '../../workers/inference/pack-tables';
import type { PackEmbedder, PackFile, PackManifest } from '../../workers/inference/pack-manifest';

describe('the tables of an embedder', () => {
  let folder: string;
  let manifest: PackManifest;
  const paths: Record<string, string> = {};

  const put = (name: string, content: string | Uint8Array): PackFile => {
    const bytes = Buffer.from(content);
    const file = { pack: name, sha256: sha256Of(bytes) };
    paths[file.sha256] = path.join(folder, name);
    writeFileSync(paths[file.sha256]!, bytes);
    return file;
  };
  const read = (tables: Partial<PackEmbedder>): ReturnType<typeof readTables> =>
    readTables({ manifest, paths, compiled: {} }, { ...manifest.embedders[0]!, dimension: 2, ...tables });

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'likeness-tables-'));
    ({ manifest } = await readPack('bundled@1', [path.resolve(__dirname, '../../models')]));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are a centre of as many numbers as the net gives, and a matrix that makes fewer of them', async () => {
    const centre = put('centre.json', '{"source": "nobody", "mean": [0.5, 0.25, 1]}');
    const floats = Float32Array.of(1, 2, 3, 4, 5, 6);
    const projection = { from: 3, file: put('projection.bin', Buffer.from(floats.buffer)) };
    expect(await read({ centre, projection })).toEqual({
      centre: Float32Array.of(0.5, 0.25, 1),
      projection: floats,
    });
  });

  it.each([
    ['no JSON', 'mean: 1', /is no centre.*"mean" of numbers/],
    ['no mean', '{"source": "nobody"}', /is no centre.*"mean" of numbers/],
    ['a mean of something else', '{"mean": ["a", "b"]}', /is no centre.*"mean" of numbers/],
    ['too few numbers', '{"mean": [1]}', /has 1 numbers where its net gives 2/],
  ])('are refused where the centre has %s, with a sentence', async (_, content, reason) => {
    await expect(read({ centre: put('centre.json', content) })).rejects.toThrow(reason);
  });

  it('are refused where the matrix has another size', async () => {
    const projection = { from: 3, file: put('projection.bin', Buffer.alloc(20)) };
    await expect(read({ projection })).rejects.toThrow(/projection\.bin of pack bundled has 20 bytes, not 24/);
  });
});
