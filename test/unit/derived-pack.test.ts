import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { withDerivedPack } from '../../bench/derived-pack';
import { findFile, tablesOf } from '../../workers/inference/pack-files';
import { readPack } from '../../workers/inference/pack-registry';

const SHIPPED = path.resolve(__dirname, '../../models');

describe('a pack derived from another', () => {
  it('has what lies beside the manifest, and the other manifest, for as long as it is used', async () => {
    const { folder, manifest } = await readPack('bundled@2', [SHIPPED]);
    const before = readFileSync(path.join(folder, 'pack.json'));
    const lent = await withDerivedPack(folder, { ...manifest, description: 'another' }, async (packsFolder) => {
      const derived = await readPack('bundled@2', [packsFolder]);
      expect(derived.manifest.description).toBe('another');
      const own = tablesOf(derived.manifest).filter((file) => 'pack' in file);
      expect(own.map((file) => file.pack)).toEqual(['centre.json', 'projection.bin']);
      for (const file of own) {
        const places = { packFolder: derived.folder, modelsFolders: [], cacheFolder: packsFolder };
        expect(await findFile(file, places)).toBe(path.join(derived.folder, file.pack));
      }
      return packsFolder;
    });
    expect(existsSync(lent)).toBe(false);
    expect(readFileSync(path.join(folder, 'pack.json'))).toEqual(before);
  });
});
