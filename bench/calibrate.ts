import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { COMPARISON_THRESHOLD, distanceAtSimilarity, type Calibration } from '../src/domain/calibration';
import { sha256Of } from '../workers/inference/checksum';
import { joinParts } from '../workers/inference/face-embedder';
import { packIdOf, type PackEmbedder, type PackFile, type PackManifest } from '../workers/inference/pack-manifest';
import { readPack } from '../workers/inference/pack-registry';
import { centreUnit, makeUnit } from '../workers/pipeline/vector';
import { withDerivedPack } from './derived-pack';
import { meanOf } from './principal-subspace';
import { benchAnalyzer, ROOT } from './bench-analyzer';
import { fitPack } from '../workers/evaluation/fit-pack';
import { embedImages } from '../workers/evaluation/embedded-images';
import { listImages, readPairFile } from '../workers/evaluation/labelled-faces';
import { LabelledVectors } from '../workers/evaluation/labelled-vectors';
import { readMislabelled } from './mislabelled';
import { allPairDistances, countUpTo, type AllPairs } from '../workers/evaluation/pair-statistics';

/**
 * `npm run calibrate -- --images DIR --pairs FILE --pack NAME [--check-pairs FILE] [--fit-centre] [--keep-scale]
 * [--cache DIR]`: fits a pack's similarity scale on all cross-identity pairs of all images of the people that `--pairs`
 * names, how chances add up in a gallery of them and from which similarity faces are grouped, and writes all into the pack's
 * `pack.json`. `--keep-scale` leaves the scale as it is and refits only the latter. `--fit-centre` first refits the mean vectors that a cosine pack takes off, one an
 * embedder: that changes every vector, and with them the pack's digest. `--check-pairs` names other people to check the scale on.
 */

type Vectors = Map<string, Float32Array>;

/** Vectors of all images of the people as the pack gives them. */
async function embedPeople(
  packId: string,
  images: string,
  people: readonly string[],
  options: { readonly cache?: string; readonly packsFolder?: string },
): Promise<Vectors> {
  const analyzer = await benchAnalyzer(packId, options.packsFolder);
  try {
    const { vectors } = await embedImages(analyzer, images, await listImages(images, people), {
      cacheFolder: options.cache,
    });
    return new Map(vectors);
  } finally {
    await analyzer.close();
  }
}

/** Vectors of all images of the people before the pack's centre is taken off. */
function embedUncentred(
  { folder, manifest }: { readonly folder: string; readonly manifest: PackManifest },
  images: string,
  people: readonly string[],
  cache?: string,
): Promise<Vectors> {
  const embedders = manifest.embedders.map((one) => ({ ...one, centre: undefined }));
  return withDerivedPack(folder, { ...manifest, embedders }, (packsFolder) =>
    embedPeople(packIdOf(manifest), images, people, { cache, packsFolder }),
  );
}

/** What each embedder adds to an uncentred vector, as unit vectors. */
function partsOf(vector: Float32Array, embedders: readonly PackEmbedder[]): Float32Array[] {
  let at = 0;
  return embedders.map(({ dimension }) => {
    const part = vector.slice(at, (at += dimension));
    makeUnit(part);
    return part;
  });
}

/** Writes a mean vector beside the manifest. */
async function writeCentre(folder: string, name: string, mean: Float32Array, source: string): Promise<PackFile> {
  const text = `${JSON.stringify({ source, mean: Array.from(mean) })}\n`;
  await writeFile(path.join(folder, name), text);
  return { pack: name, sha256: sha256Of(Buffer.from(text)) };
}

/** Changes what was fitted and leaves the rest of the file as somebody wrote it. */
async function rewriteManifest(
  file: string,
  fitted: { readonly centres: readonly PackFile[]; readonly calibration: Calibration },
): Promise<void> {
  const written = JSON.parse(await readFile(file, 'utf8')) as { embedders: { centre?: PackFile }[] };
  const embedders = written.embedders.map((one, i) => ({ ...one, centre: fitted.centres[i] ?? one.centre }));
  const text = JSON.stringify({ ...written, embedders, calibration: fitted.calibration }, null, 2);
  await writeFile(file, `${text}\n`);
}

const rateAt = ({ impostor }: AllPairs, calibration: Calibration, similarity: number): number =>
  countUpTo(impostor, distanceAtSimilarity(calibration, similarity)) / impostor.length;

function report(title: string, pairs: AllPairs, calibration: Calibration): void {
  console.log(`${title}: ${pairs.impostor.length} pairs of different people, ${pairs.genuine.length} of one`);
  console.table(
    [60, COMPARISON_THRESHOLD, 90, 95].map((similarity) => ({
      similarity,
      distance: distanceAtSimilarity(calibration, similarity).toFixed(4),
      falseMatchRate: rateAt(pairs, calibration, similarity).toExponential(2),
      trueMatchRate: (
        countUpTo(pairs.genuine, distanceAtSimilarity(calibration, similarity)) / pairs.genuine.length
      ).toFixed(4),
    })),
  );
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      images: { type: 'string' },
      pairs: { type: 'string' },
      'check-pairs': { type: 'string' },
      'fit-centre': { type: 'boolean', default: false },
      'keep-scale': { type: 'boolean', default: false },
      pack: { type: 'string' },
      cache: { type: 'string' },
    },
  });
  const { images, pairs, pack: name, cache } = values;
  if (!images || !pairs || !name) throw new Error('Say --images DIR, --pairs FILE and --pack NAME');
  const { folder, manifest } = await readPack(name, [path.join(ROOT, 'models')]);
  const { people } = await readPairFile(pairs);
  let embed = (wanted: readonly string[]): Promise<Vectors> =>
    embedPeople(packIdOf(manifest), images, wanted, { cache });
  let centres: PackFile[] = [];
  if (values['fit-centre']) {
    const { embedders, metric } = manifest;
    if (metric !== 'COSINE') throw new Error('Only a pack with a cosine metric takes a centre off');
    if (embedders.some(({ projection }) => projection !== undefined)) {
      throw new Error('The centre of a pack with a projection is fitted with it: npm run fit-projection');
    }
    const uncentred = [...(await embedUncentred({ folder, manifest }, images, people, cache)).values()];
    const parts = uncentred.map((vector) => partsOf(vector, embedders));
    const means = embedders.map((_, i) => Float32Array.from(meanOf(parts.map((one) => one[i]!))));
    const source = `the ${people.length} people of ${path.basename(pairs)}`;
    const nameOf = (i: number): string => (embedders.length === 1 ? 'centre.json' : `centre-${i + 1}.json`);
    centres = await Promise.all(means.map((mean, i) => writeCentre(folder, nameOf(i), mean, source)));
    embed = async (wanted) => {
      const vectors = await embedUncentred({ folder, manifest }, images, wanted, cache);
      for (const [image, vector] of vectors) {
        const centred = partsOf(vector, embedders);
        centred.forEach((part, i) => centreUnit(part, means[i]!));
        vectors.set(
          image,
          joinParts(
            centred,
            embedders.map(({ weight }) => weight),
            true,
          )!,
        );
      }
      return vectors;
    };
  }

  const vectors = await embed(people);
  const source = `${vectors.size} images of the ${people.length} people of ${path.basename(pairs)}`;
  const set = new LabelledVectors(manifest.metric, vectors);
  const mislabelled = await readMislabelled();
  const pool = set.people().filter((person) => !mislabelled.has(person));
  const calibration = await fitPack(
    { metric: manifest.metric, vectors: set, pool, source },
    values['keep-scale'] ? manifest.calibration : undefined,
  );
  console.log('How chances add up in a gallery:', calibration.identification ?? 'too few people to tell');
  console.log('From which similarity groups are joined:', calibration.grouping?.similarity ?? 'too few people to tell');
  await rewriteManifest(path.join(folder, 'pack.json'), { centres, calibration });
  report(`Fitted on ${path.basename(pairs)}`, allPairDistances(set), calibration);

  if (values['check-pairs']) {
    const others = await readPairFile(values['check-pairs']);
    const checked = allPairDistances(new LabelledVectors(manifest.metric, await embed(others.people)));
    report(`Checked on ${path.basename(values['check-pairs'])}`, checked, calibration);
    const rate = rateAt(checked, calibration, COMPARISON_THRESHOLD);
    console.log(
      `False-match rate at similarity ${COMPARISON_THRESHOLD} on unseen people: ${rate.toFixed(6)} (wanted .0005-.002)`,
    );
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
