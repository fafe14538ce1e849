import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import {
  COMPARISON_THRESHOLD,
  distanceAtSimilarity,
  type Calibration,
  type Identification,
} from '../src/domain/calibration';
import { packIdOf, type PackFile, type PackManifest } from '../workers/inference/pack-manifest';
import { readPack } from '../workers/inference/pack-registry';
import { centreUnit } from '../workers/pipeline/vector';
import { benchAnalyzer, ROOT } from './bench-analyzer';
import { fitCalibration } from './calibration-fit';
import { embedImages } from './embedded-images';
import { fitIdentification } from './identification-fit';
import { listImages, readPairFile } from './labelled-faces';
import { LabelledVectors } from './labelled-vectors';
import { readMislabelled } from './mislabelled';
import { allPairDistances, countUpTo, type AllPairs } from './pair-statistics';

/**
 * `npm run calibrate -- --images DIR --pairs FILE --pack NAME [--check-pairs FILE] [--fit-centre] [--keep-scale]
 * [--cache DIR]`: fits a pack's similarity scale on all cross-identity pairs of all images of the people that `--pairs`
 * names, and how chances add up in a gallery of them, and writes both into the pack's `pack.json`. `--keep-scale` leaves the
 * scale as it is and refits only the latter. `--fit-centre` first refits the mean vector that a cosine pack takes off: that
 * changes every vector, and with them the pack's digest. `--check-pairs` names other people to check the scale on.
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
    const { vectors } = await embedImages(analyzer, images, await listImages(images, people), options.cache);
    return new Map(vectors);
  } finally {
    await analyzer.close();
  }
}

/** Vectors of all images of the people before the pack's centre is taken off. */
async function embedUncentred(
  manifest: PackManifest,
  images: string,
  people: readonly string[],
  cache?: string,
): Promise<Vectors> {
  const packsFolder = await mkdtemp(path.join(tmpdir(), 'likeness-calibrate-'));
  try {
    const id = packIdOf(manifest);
    await mkdir(path.join(packsFolder, id));
    const embedders = manifest.embedders.map((one) => ({ ...one, centre: undefined }));
    const plain = { ...manifest, embedders, embeddingDigest: undefined };
    await writeFile(path.join(packsFolder, id, 'pack.json'), JSON.stringify(plain));
    return await embedPeople(id, images, people, { cache, packsFolder });
  } finally {
    await rm(packsFolder, { recursive: true });
  }
}

function meanOf(vectors: Vectors, dimension: number): Float32Array {
  const sum = new Float64Array(dimension);
  for (const vector of vectors.values()) for (let k = 0; k < dimension; k++) sum[k]! += vector[k]!;
  return Float32Array.from(sum, (value) => value / vectors.size);
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Writes the mean vector beside the manifest. */
async function writeCentre(folder: string, mean: Float32Array, source: string): Promise<PackFile> {
  const text = `${JSON.stringify({ source, mean: Array.from(mean) })}\n`;
  await writeFile(path.join(folder, 'centre.json'), text);
  return { pack: 'centre.json', sha256: sha256(text) };
}

/** Changes what was fitted and leaves the rest of the file as somebody wrote it. */
async function rewriteManifest(
  file: string,
  fitted: { readonly centre?: PackFile; readonly calibration: Calibration },
): Promise<void> {
  const written = JSON.parse(await readFile(file, 'utf8')) as { embedders: object[] };
  const embedders = written.embedders.map((one) => (fitted.centre ? { ...one, centre: fitted.centre } : one));
  const text = JSON.stringify({ ...written, embedders, calibration: fitted.calibration }, null, 2);
  await writeFile(file, `${text}\n`);
}

/** How chances add up in galleries of the people, but for those who have two names. */
async function fitGalleries(
  set: LabelledVectors,
  scale: Pick<Calibration, 'knots'>,
  source: string,
): Promise<Identification | undefined> {
  const mislabelled = await readMislabelled();
  const pool = set.people().filter((person) => !mislabelled.has(person));
  const fit = fitIdentification(set, pool, scale);
  console.log('How chances add up in a gallery:', fit ?? 'too few people to tell');
  return fit && { ...fit, source };
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
  let centre: PackFile | undefined;
  if (values['fit-centre']) {
    const [embedder, ...others] = manifest.embedders;
    if (embedder === undefined || others.length > 0 || manifest.metric !== 'COSINE') {
      throw new Error('Only a pack with one embedder and a cosine metric gets its centre from here');
    }
    const mean = meanOf(await embedUncentred(manifest, images, people, cache), embedder.dimension);
    centre = await writeCentre(folder, mean, `the ${people.length} people of ${path.basename(pairs)}`);
    embed = async (wanted) => {
      const vectors = await embedUncentred(manifest, images, wanted, cache);
      for (const vector of vectors.values()) centreUnit(vector, mean);
      return vectors;
    };
  }

  const vectors = await embed(people);
  const source = `${vectors.size} images of the ${people.length} people of ${path.basename(pairs)}`;
  const set = new LabelledVectors(manifest.metric, vectors);
  const fitted = allPairDistances(set);
  const { revision: _revision, identification: _identification, ...kept } = manifest.calibration;
  const scale = values['keep-scale'] ? kept : { ...fitCalibration(fitted), source };
  const identification = await fitGalleries(set, scale, source);
  const shape = { ...scale, ...(identification === undefined ? {} : { identification }) };
  const calibration: Calibration = { revision: sha256(JSON.stringify(shape)).slice(0, 12), ...shape };
  await rewriteManifest(path.join(folder, 'pack.json'), { ...(centre && { centre }), calibration });
  report(`Fitted on ${path.basename(pairs)}`, fitted, calibration);

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
