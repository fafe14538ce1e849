import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { sha256Of } from '../workers/inference/checksum';
import { packIdOf, type PackEmbedder, type PackFile, type PackManifest } from '../workers/inference/pack-manifest';
import { readPack } from '../workers/inference/pack-registry';
import { centreUnit } from '../workers/pipeline/vector';
import { benchAnalyzer, ROOT } from './bench-analyzer';
import { embedImages } from '../workers/evaluation/embedded-images';
import { listImages, readPairFile } from '../workers/evaluation/labelled-faces';
import { withDerivedPack } from './derived-pack';
import { meanOf, principalSubspace } from './principal-subspace';

/**
 * `npm run fit-projection -- --images DIR --pairs FILE --pack NAME`: fits, on all images of the people that `--pairs` names,
 * the mean vector that is taken off and the projection to fewer numbers of each embedder whose manifest has one, and writes
 * both beside the manifest. That changes every vector: calibrate anew.
 */

/** What the net gives of each image, before anything is taken off. */
function embedBare(
  folder: string,
  manifest: PackManifest,
  embedder: PackEmbedder,
  images: string,
  people: readonly string[],
): Promise<Float32Array[]> {
  const { centre: _centre, projection, ...rest } = embedder;
  const bare = { ...rest, weight: 1, dimension: projection!.from };
  return withDerivedPack(folder, { ...manifest, metric: 'EUCLIDEAN', embedders: [bare] }, async (packsFolder) => {
    const analyzer = await benchAnalyzer(packIdOf(manifest), packsFolder);
    try {
      const { vectors } = await embedImages(analyzer, images, await listImages(images, people));
      return [...vectors].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, vector]) => vector);
    } finally {
      await analyzer.close();
    }
  });
}

async function fit(
  folder: string,
  manifest: PackManifest,
  embedder: PackEmbedder,
  images: string,
  people: readonly string[],
): Promise<Pick<PackEmbedder, 'centre' | 'projection'>> {
  const vectors = await embedBare(folder, manifest, embedder, images, people);
  const mean = Float32Array.from(meanOf(vectors));
  for (const vector of vectors) centreUnit(vector, mean);
  const rows = principalSubspace(vectors, embedder.dimension);
  const bytes = Buffer.alloc(rows.length * mean.length * 4);
  rows.forEach((row, i) => row.forEach((value, k) => bytes.writeFloatLE(value, (i * row.length + k) * 4)));
  const keep = async (name: string, content: string | Uint8Array): Promise<PackFile> => {
    await writeFile(path.join(folder, name), content);
    return { pack: name, sha256: sha256Of(Buffer.from(content)) };
  };
  const source = `${vectors.length} images of ${people.length} people`;
  return {
    centre: await keep('centre.json', `${JSON.stringify({ source, mean: Array.from(mean) })}\n`),
    projection: { file: await keep('projection.bin', bytes), from: mean.length },
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { images: { type: 'string' }, pairs: { type: 'string' }, pack: { type: 'string' } },
  });
  const { images, pairs, pack: name } = values;
  if (!images || !pairs || !name) throw new Error('Say --images DIR, --pairs FILE and --pack NAME');
  const { folder, manifest } = await readPack(name, [path.join(ROOT, 'models')]);
  const { people } = await readPairFile(pairs);
  const file = path.join(folder, 'pack.json');
  const written = JSON.parse(await readFile(file, 'utf8')) as { embedders: object[] };
  for (const [i, embedder] of manifest.embedders.entries()) {
    if (embedder.projection === undefined) continue;
    Object.assign(written.embedders[i]!, await fit(folder, manifest, embedder, images, people));
  }
  await writeFile(file, `${JSON.stringify(written, null, 2)}\n`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
