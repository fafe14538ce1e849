import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { PackManifest } from '../../workers/inference/pack-manifest';

const SHIPPED = path.resolve(__dirname, '../../models');

/** Puts a pack of the user's own into a data folder: a shipped one under another name, with whatever is changed about it. */
export function putOwnPack(
  dataDir: string,
  id: string,
  change: (manifest: PackManifest) => Partial<PackManifest> = () => ({}),
  origin = 'bundled@1',
): void {
  const folder = path.join(dataDir, 'packs', id);
  mkdirSync(path.dirname(folder), { recursive: true });
  cpSync(path.join(SHIPPED, origin), folder, { recursive: true });
  const file = path.join(folder, 'pack.json');
  const { embeddingDigest: _, ...shipped } = JSON.parse(readFileSync(file, 'utf8')) as PackManifest;
  const [name, version] = id.split('@') as [string, string];
  writeFileSync(file, JSON.stringify({ ...shipped, name, version, ...change(shipped) }));
}
