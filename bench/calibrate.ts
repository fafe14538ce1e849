import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { COMPARISON_THRESHOLD, distanceAtSimilarity, type Calibration } from '../src/domain/calibration';
import { packIdOf, type PackManifest } from '../workers/inference/pack-manifest';
import { readPack } from '../workers/inference/pack-registry';
import { centreUnit } from '../workers/pipeline/vector';
import { benchAnalyzer, ROOT } from './bench-analyzer';
import { fitCalibration } from './calibration-fit';
import { embedImages } from './embedded-images';
import { listImages, readPairFile } from './labelled-faces';
import { allPairDistances, countUpTo, type AllPairs } from './pair-statistics';

/**
 * `npm run calibrate -- --images DIR --pairs FILE --pack NAME [--check-pairs FILE] [--fit-centre] [--cache DIR]`: fits a
 * pack's similarity scale on all cross-identity pairs of all images of the people that `--pairs` names, and writes it into
 * the pack's `pack.json`. `--fit-centre` first refits the mean vector that a cosine pack takes off: that changes every
 * vector, and with them the pack's digest. `--check-pairs` names other people to check the scale on.
 */

type Vectors = Map<string, Float32Array>;

/** Vectors of all images of the people, as the pack gives them but for the centre, which comes later. */
async function embedPeople(
  manifest: PackManifest,
  images: string,
  people: readonly string[],
  cache?: string,
): Promise<Vectors> {
  const folder = await mkdtemp(path.join(tmpdir(), 'likeness-calibrate-'));
  try {
    const id = packIdOf(manifest);
    await mkdir(path.join(folder, id));
    const embedders = manifest.embedders.map((one) => ({ ...one, centre: undefined }));
    const plain = { ...manifest, embedders, embeddingDigest: undefined };
    await writeFile(path.join(folder, id, 'pack.json'), JSON.stringify(plain));
    const analyzer = await benchAnalyzer(id, folder);
    try {
      const { vectors } = await embedImages(analyzer, images, await listImages(images, people), cache);
      return new Map(vectors);
    } finally {
      await analyzer.close();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

function meanOf(vectors: Vectors, dimension: number): Float32Array {
  const sum = new Float64Array(dimension);
  for (const vector of vectors.values()) for (let k = 0; k < dimension; k++) sum[k]! += vector[k]!;
  return Float32Array.from(sum, (value) => value / vectors.size);
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Writes the mean vector beside the manifest. */
async function writeCentre(
  folder: string,
  mean: Float32Array,
  source: string,
): Promise<{ pack: string; sha256: string }> {
  const text = `${JSON.stringify({ source, mean: Array.from(mean) })}\n`;
  await writeFile(path.join(folder, 'centre.json'), text);
  return { pack: 'centre.json', sha256: sha256(text) };
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
      pack: { type: 'string' },
      cache: { type: 'string' },
    },
  });
  const { images, pairs, pack: name, cache } = values;
  if (!images || !pairs || !name) throw new Error('Say --images DIR, --pairs FILE and --pack NAME');
  const { folder, manifest } = await readPack(name, [path.join(ROOT, 'models')]);
  const [embedder, ...others] = manifest.embedders;
  if (embedder === undefined || others.length > 0) throw new Error('Only a pack with one embedder can be calibrated');
  const { people } = await readPairFile(pairs);
  const vectors = await embedPeople(manifest, images, people, cache);
  const source = `${vectors.size} images of the ${people.length} people of ${path.basename(pairs)}`;

  let centre = embedder.centre;
  let mean: Float32Array | undefined;
  if (values['fit-centre']) {
    if (manifest.metric !== 'COSINE') throw new Error('Only a pack with a cosine metric takes a centre off');
    mean = meanOf(vectors, embedder.dimension);
    centre = await writeCentre(folder, mean, source);
  } else if (centre !== undefined && 'pack' in centre) {
    const stored = JSON.parse(await readFile(path.join(folder, centre.pack), 'utf8')) as { mean: number[] };
    mean = Float32Array.from(stored.mean);
  }
  const takeOff = (set: Vectors): void => {
    if (mean !== undefined) for (const vector of set.values()) centreUnit(vector, mean);
  };
  takeOff(vectors);

  const fitted = allPairDistances(manifest.metric, vectors);
  const shape = fitCalibration(fitted);
  const calibration: Calibration = { revision: sha256(JSON.stringify(shape)).slice(0, 12), ...shape, source };
  const recalibrated = { ...manifest, embedders: [{ ...embedder, centre }], calibration };
  await writeFile(path.join(folder, 'pack.json'), `${JSON.stringify(recalibrated, null, 2)}\n`);
  report(`Fitted on ${path.basename(pairs)}`, fitted, calibration);

  if (values['check-pairs']) {
    const others = await readPairFile(values['check-pairs']);
    const unseen = await embedPeople(manifest, images, others.people, cache);
    takeOff(unseen);
    const checked = allPairDistances(manifest.metric, unseen);
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
