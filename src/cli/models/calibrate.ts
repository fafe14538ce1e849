import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { COMPARISON_THRESHOLD, distanceAtSimilarity, type Calibration } from '../../domain/calibration';
import { inParallel } from '../../../workers/evaluation/in-parallel';
import { LEAST_PEOPLE } from '../../../workers/evaluation/identification-fit';
import { fitPack } from '../../../workers/evaluation/fit-pack';
import { listImages, listPeople } from '../../../workers/evaluation/labelled-faces';
import { LabelledVectors } from '../../../workers/evaluation/labelled-vectors';
import { allPairDistances, countUpTo, equalError } from '../../../workers/evaluation/pair-statistics';
import { writeWhole } from '../../../workers/inference/model-store';
import { packIdOf } from '../../../workers/inference/pack-manifest';
import { readPack } from '../../../workers/inference/pack-registry';
import { createFaceAnalyzer } from '../../../workers/inference/threaded-face-analyzer';
import { UsageError, type ModelsContext } from './context';

/** With fewer the scale would rest on its extrapolation alone. */
const LEAST_PAIRS = 1_000;
/** Images on their way at once. */
const IN_FLIGHT = 16;

/**
 * `calibrate NAME DIR`: fits the similarity scale of a pack of one's own on a folder of images, one folder a person, and
 * prints how accurate it is there. Changes no vector.
 *
 * @throws UsageError when the pack is a shipped one or the set is too small.
 */
export async function calibrateModel(context: ModelsContext, name: string, images: string): Promise<number> {
  const { places, ownPacks, print } = context;
  const { folder, manifest } = await readPack(name, places.packsFolders);
  if (path.dirname(folder) !== ownPacks) throw new UsageError(`${packIdOf(manifest)} is shipped with its scale.`);
  const people = await listPeople(images);
  const files = await listImages(images, people);
  const vectors = await embedLargest(context, packIdOf(manifest), images, files);
  const set = new LabelledVectors(manifest.metric, vectors);
  const pairs = allPairDistances(set);
  if (pairs.impostor.length < LEAST_PAIRS || pairs.genuine.length === 0) {
    throw new UsageError(
      `${images} gives ${pairs.impostor.length} pairs of images of different people and ${pairs.genuine.length} of one; at least ${LEAST_PAIRS} and 1 are wanted.`,
    );
  }
  const source = `${vectors.size} images of the ${people.length} people of ${path.basename(path.resolve(images))}`;
  const { metric } = manifest;
  const calibration: Calibration = await fitPack({ metric, vectors: set, pool: set.people(), source });
  const file = path.join(folder, 'pack.json');
  const written = JSON.parse(await readFile(file, 'utf8')) as object;
  await writeWhole(file, Buffer.from(`${JSON.stringify({ ...written, calibration }, null, 2)}\n`));
  const limit = distanceAtSimilarity(calibration, COMPARISON_THRESHOLD);
  const share = (count: number, of: number): string => `${((100 * count) / of).toFixed(2)} %`;
  print(`${files.length} images, ${files.length - vectors.size} without a face`);
  print(`equal error rate ${(100 * equalError(pairs).rate).toFixed(2)} %`);
  print(
    `at similarity ${COMPARISON_THRESHOLD}: ${share(countUpTo(pairs.genuine, limit), pairs.genuine.length)} of the pairs of one person match, ${share(countUpTo(pairs.impostor, limit), pairs.impostor.length)} of the others`,
  );
  print(
    `the scale rests on pairs down to a false-match rate of 1e-${calibration.extrapolatedBeyondD}; beyond, it is extrapolated`,
  );
  if (calibration.identification === undefined) {
    print(
      `with fewer than ${LEAST_PEOPLE} people it cannot be told how chances add up in a gallery: every face counts as one, so that searches are stricter than they had to be`,
    );
  }
  print(`It is in ${file}. A server that runs goes on with what it read at start: start it again.`);
  return 0;
}

/** The vector of the largest face of each image; images without a face are missing. */
async function embedLargest(
  { places, config, print, signal }: ModelsContext,
  packId: string,
  folder: string,
  files: readonly string[],
): Promise<Map<string, Float32Array>> {
  const analyzer = await createFaceAnalyzer({
    ...places,
    packs: [packId],
    threads: config.inferenceThreads,
    onWarning: print,
  });
  const found: (Float32Array | undefined)[] = files.map(() => undefined);
  const look = async ([i, file]: readonly [number, string]): Promise<void> => {
    signal.throwIfAborted();
    const image = await readFile(path.join(folder, file));
    const { faces } = await analyzer
      .analyze({
        packId,
        image,
        maxFaces: 1,
        keep: 'LARGEST',
        qualityFilter: 'NONE',
        embed: true,
        clean: false,
        priority: 'BULK',
      })
      .catch((cause: Error) => {
        throw new Error(`${path.join(folder, file)}: ${cause.message}`, { cause });
      });
    found[i] = faces[0]?.embedding;
  };
  try {
    await inParallel(files.entries(), look, IN_FLIGHT);
  } finally {
    await analyzer.close();
  }
  return new Map(files.flatMap((file, i) => (found[i] ? [[file, found[i]] as const] : [])));
}
