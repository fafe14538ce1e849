import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { groupingThreshold } from '../src/domain/calibration';
import { CollectionTurns } from '../src/modules/grouping/collection-turns';
import { GroupingService } from '../src/modules/grouping/grouping.service';
import type { FaceToGroup } from '../src/modules/grouping/grouping.store';
import type { CalibratedPack } from '../src/ports/face-analyzer';
import { fitGrouping } from '../workers/evaluation/grouping-fit';
import { scoreGroups, type GroupingScore } from '../workers/evaluation/grouping-score';
import { listImages, listPeople, personOf, readPairFile } from '../workers/evaluation/labelled-faces';
import { LabelledVectors } from '../workers/evaluation/labelled-vectors';
import { benchAnalyzer } from './bench-analyzer';
import { embedImages } from '../workers/evaluation/embedded-images';
import { withGalleryIndex } from './gallery-index';

/**
 * `npm run bench:clustering -- --images DIR --pack NAME [--pairs FILE] [--threshold SIMILARITY] [--json FILE] [--cache DIR]`: groups
 * the faces of an LFW-like set as `clusterFaces` does, once those of people with several images and once all, and says how well
 * that tells people apart. The threshold is the pack's own, or `--threshold`; with `--pairs` the one is told, too, that the
 * people of a pair file would choose, and the others are grouped by themselves. Time and memory are told without embedding.
 */

interface Measured extends GroupingScore {
  readonly faces: number;
  readonly people: number;
  readonly groups: number;
  readonly seconds: number;
  /** The most that was added to the process while it grouped. */
  readonly memoryMb: number;
}

type Vectors = ReadonlyMap<string, Float32Array>;

async function group(pack: CalibratedPack, vectors: Vectors, minSimilarity: number): Promise<Measured> {
  const faces = [...vectors].map(([image, vector], at): FaceToGroup => {
    return { id: image, vectorKey: BigInt(at + 1), imageId: image, personId: null, takenAt: null, vector };
  });
  return withGalleryIndex(pack, faces, async (index) => {
    const service = new GroupingService({
      turns: new CollectionTurns(),
      collections: {
        getMany: () => Promise.resolve([]),
        getPack: () => pack,
      },
      collectionIndex: index,
      groupings: {
        listNewest: () => Promise.resolve([...faces].reverse()),
        findPersons: () => Promise.resolve(new Map()),
        listBirths: () => Promise.resolve(new Map()),
        listRejections: () => Promise.resolve(new Set()),
      },
    });
    const memory = watchMemory();
    const begun = performance.now();
    const { groups, messyFaceIds } = await service.cluster(index.scope, index.collectionId, {
      which: 'ALL',
      minSimilarity,
      olderThan: null,
    });
    const seconds = (performance.now() - begun) / 1_000;
    const memoryMb = memory.stop();
    const places = new Map(faces.map(({ id }, at) => [id, at]));
    const found = [...groups.map(({ faceIds }) => faceIds), ...messyFaceIds.map((id) => [id])];
    const people = faces.map(({ id }) => personOf(id));
    const score = scoreGroups(
      found.map((ids) => ids.map((id) => places.get(id)!)),
      people,
    );
    return {
      faces: faces.length,
      people: new Set(people).size,
      groups: groups.length,
      seconds,
      memoryMb,
      ...score,
    };
  });
}

/** Resident memory, looked at often: grouping lets others have their turn. */
function watchMemory(): { stop(): number } {
  global.gc?.();
  const before = process.memoryUsage.rss();
  let most = before;
  const look = (): void => void (most = Math.max(most, process.memoryUsage.rss()));
  const timer = setInterval(look, 20);
  return {
    stop: () => {
      clearInterval(timer);
      look();
      return (most - before) / 2 ** 20;
    },
  };
}

const only = (vectors: Vectors, isWanted: (image: string) => boolean): Vectors =>
  new Map([...vectors].filter(([image]) => isWanted(image)));

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      images: { type: 'string' },
      pairs: { type: 'string' },
      pack: { type: 'string', default: 'bundled' },
      threshold: { type: 'string' },
      json: { type: 'string' },
      cache: { type: 'string' },
    },
  });
  const { images: folder, pairs } = values;
  if (!folder) throw new Error('Say --images DIR (DIR/<name>/<name>_NNNN.jpg)');
  const analyzer = await benchAnalyzer(values.pack);
  try {
    const { calibration, ...rest } = analyzer.packs()[0]!;
    if (!calibration) throw new Error(`${rest.id} has no similarity scale`);
    const pack: CalibratedPack = { ...rest, calibration };
    const images = await listImages(folder, await listPeople(folder));
    const { vectors } = await embedImages(analyzer, folder, images, { cacheFolder: values.cache });
    const fitted = new Set(pairs === undefined ? [] : (await readPairFile(pairs)).people);
    const isFitted = (image: string): boolean => fitted.has(personOf(image));
    const chosen =
      fitted.size === 0
        ? undefined
        : await fitGrouping(new LabelledVectors(pack.metric, only(vectors, isFitted)), pack.metric, calibration);
    const threshold = values.threshold === undefined ? groupingThreshold(calibration) : Number(values.threshold);
    const counts = new Map<string, number>();
    for (const image of vectors.keys()) counts.set(personOf(image), (counts.get(personOf(image)) ?? 0) + 1);
    const half = new Set([...counts.keys()].filter((_, i) => i % 2 === 0));
    const sets = {
      'two or more': only(vectors, (image) => counts.get(personOf(image))! > 1),
      all: vectors,
      'every second person': only(vectors, (image) => half.has(personOf(image))),
      ...(fitted.size === 0 ? {} : { 'not of --pairs': only(vectors, (image) => !isFitted(image)) }),
    };
    const results: Record<string, Measured> = {};
    for (const [name, some] of Object.entries(sets)) results[name] = await group(pack, some, threshold);
    const round = (value: number): number => Math.round(value * 10_000) / 10_000;
    console.log(
      `${pack.id}: groups joined from similarity ${threshold}; best on --pairs: ${chosen?.similarity ?? 'not asked'}`,
    );
    console.table(
      Object.fromEntries(
        Object.entries(results).map(([name, one]) => [
          name,
          Object.fromEntries(Object.entries(one).map(([key, value]) => [key, round(value as number)])),
        ]),
      ),
    );
    if (values.json) {
      const report = { pack: pack.id, threshold, chosen: chosen?.similarity ?? null, results };
      await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`);
    }
  } finally {
    await analyzer.close();
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
