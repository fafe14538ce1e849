import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { packIdOf, type PackEmbedder, type PackFile, type PackManifest } from '../workers/inference/pack-manifest';
import { readPack } from '../workers/inference/pack-registry';
import { centreUnit } from '../workers/pipeline/vector';
import { benchAnalyzer, ROOT } from './bench-analyzer';
import { embedImages } from './embedded-images';
import { listImages, readPairFile } from '../workers/evaluation/labelled-faces';
import { principalSubspace } from './principal-subspace';

/**
 * `npm run fit-projection -- --images DIR --pairs FILE --pack NAME`: fits, on all images of the people that `--pairs` names,
 * the mean vector that is taken off and the projection to fewer numbers of each embedder whose manifest has one, and writes
 * both beside the manifest. That changes every vector: calibrate anew.
 */

const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** What the net gives of each image, before anything is taken off. */
async function embedBare(
  manifest: PackManifest,
  embedder: PackEmbedder,
  images: string,
  people: readonly string[],
): Promise<Float32Array[]> {
  const packsFolder = await mkdtemp(path.join(tmpdir(), 'likeness-projection-'));
  try {
    const id = packIdOf(manifest);
    const { centre: _centre, projection, ...rest } = embedder;
    const bare = { ...rest, weight: 1, dimension: projection!.from };
    await mkdir(path.join(packsFolder, id));
    await writeFile(
      path.join(packsFolder, id, 'pack.json'),
      JSON.stringify({ ...manifest, metric: 'EUCLIDEAN', embedders: [bare], embeddingDigest: undefined }),
    );
    const analyzer = await benchAnalyzer(id, packsFolder);
    try {
      const { vectors } = await embedImages(analyzer, images, await listImages(images, people));
      return [...vectors].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, vector]) => vector);
    } finally {
      await analyzer.close();
    }
  } finally {
    await rm(packsFolder, { recursive: true });
  }
}

function meanOf(vectors: readonly Float32Array[]): Float32Array {
  const sum = new Float64Array(vectors[0]!.length);
  for (const vector of vectors) for (let k = 0; k < sum.length; k++) sum[k]! += vector[k]! / vectors.length;
  return Float32Array.from(sum);
}

async function fit(
  folder: string,
  manifest: PackManifest,
  embedder: PackEmbedder,
  images: string,
  people: readonly string[],
): Promise<Pick<PackEmbedder, 'centre' | 'projection'>> {
  const vectors = await embedBare(manifest, embedder, images, people);
  const mean = meanOf(vectors);
  for (const vector of vectors) centreUnit(vector, mean);
  const rows = principalSubspace(vectors, embedder.dimension);
  const bytes = Buffer.alloc(rows.length * mean.length * 4);
  rows.forEach((row, i) => row.forEach((value, k) => bytes.writeFloatLE(value, (i * row.length + k) * 4)));
  const keep = async (name: string, content: string | Uint8Array): Promise<PackFile> => {
    await writeFile(path.join(folder, name), content);
    return { pack: name, sha256: sha256(content) };
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
