import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { similarityOf, type Calibration } from '../src/domain/calibration';
import { DEFAULT_TARGET_FPIR } from '../src/domain/identification';
import { qualityScore } from '../src/domain/quality';
import { benchAnalyzer } from './bench-analyzer';
import { embedImages } from '../workers/evaluation/embedded-images';
import { canDraw, type GalleryShape } from '../workers/evaluation/gallery-draws';
import { judgeGalleries, type GalleryCell } from '../workers/evaluation/gallery-cells';
import { identificationRates, type IdentificationRates } from '../workers/evaluation/identification-protocol';
import { listImages, listPeople, readPairFile } from '../workers/evaluation/labelled-faces';
import { LabelledVectors } from '../workers/evaluation/labelled-vectors';
import { readMislabelled } from './mislabelled';
import { compareProbes, compareRules, WeightedFaces } from './person-vectors';

/**
 * `npm run bench:identification -- --images DIR --pack NAME [--pairs FILE [--folds 2,3]] [--probes 1-10]
 * [--galleries 24x1,...] [--json FILE] [--cache DIR]`: 1:N identification on an LFW-like set. First the closed and the open
 * set of the published protocol; then random galleries of P people with M images each, at the automatic threshold: how many
 * strangers get an answer against how many were promised, and how many of those enrolled are named.
 *
 * `--pairs` keeps to the people that a pair file (or some of its folds) names; `--probes` to images of these numbers as
 * probes of the random galleries.
 *
 * `--person-vectors` asks instead whether a person is better told by the best of their faces or by one vector of all of them, and what
 * several photographs of a probe bring together.
 */

const GALLERIES = '24x1,100x1,400x1,1000x1,24x5,50x5,24x10,75x10';
const DRAWS = 40;
const PROBES_A_DRAW = 250;
const SEED = 1;

function readShapes(text: string): GalleryShape[] {
  return text.split(',').map((one) => {
    const [people, samples] = one.split('x').map(Number);
    if (!(people! > 0) || !(samples! > 0)) throw new Error(`--galleries: ${one} is not PEOPLExIMAGES`);
    return { people: people!, samples: samples! };
  });
}

/** Whether `<name>_NNNN.jpg` has a number of the range `FROM-TO`. */
function numberedWithin(range: string | undefined): (image: string) => boolean {
  if (range === undefined) return () => true;
  const [from, to] = range.split('-').map(Number);
  return (image) => {
    const number = Number(/_(\d+)\.\w+$/.exec(image)?.[1]);
    return number >= from! && number <= (to ?? from!);
  };
}

function show(rates: IdentificationRates, cells: readonly GalleryCell[], calibration: Calibration): void {
  const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;
  console.log(
    `Rank 1 ${percent(rates.rank1)}, rank 5 ${percent(rates.rank5)}: ${rates.probes} probes, ${rates.gallery} people`,
  );
  for (const { fpir, fnir, distance, strangers } of rates.openSet) {
    const similarity = similarityOf(calibration, distance).toFixed(1);
    console.log(`FNIR ${percent(fnir)} at FPIR ${percent(fpir)} (similarity ${similarity}, ${strangers} strangers)`);
  }
  console.table(
    cells.map(({ people, samples, threshold, isClamped, strangers, observedFpir, interval, mated }) => ({
      gallery: `${people} x ${samples}`,
      threshold: `${threshold.toFixed(1)}${isClamped ? ' (least)' : ''}`,
      strangers,
      FPIR: percent(observedFpir),
      interval: interval.map(percent).join(' - '),
      mated: mated.probes,
      right: percent(mated.right),
      wrong: percent(mated.wrong),
      unknown: percent(mated.unknown),
    })),
  );
}

async function judgePersonVectors(faces: WeightedFaces, shapes: readonly GalleryShape[], calibration: Calibration) {
  const mislabelled = await readMislabelled();
  const pool = faces.set.people().filter((person) => !mislabelled.has(person));
  const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;
  const options = { draws: DRAWS, probes: PROBES_A_DRAW, seed: SEED };
  const cells = shapes
    .filter((shape) => shape.samples > 1 && canDraw(faces.set, pool, shape))
    .map((shape) => ({
      gallery: `${shape.people} x ${shape.samples}`,
      rules: compareRules(faces, pool, shape, options),
      probes: compareProbes(faces, pool, shape, calibration, options, DEFAULT_TARGET_FPIR),
    }));
  for (const { gallery, rules, probes } of cells) {
    console.log(gallery);
    console.table(
      rules.map(({ rule, rank1, fnir }) => ({
        rule,
        'rank 1': percent(rank1),
        ...Object.fromEntries(fnir.map(({ fpir, rate }) => [`FNIR at FPIR ${fpir * 100} %`, percent(rate)])),
      })),
    );
    console.table(
      probes.map(({ fpir, right, wrong, ...rest }) => ({
        ...rest,
        FPIR: percent(fpir),
        right: percent(right),
        wrong: percent(wrong),
      })),
    );
  }
  return { cells };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      images: { type: 'string' },
      pairs: { type: 'string' },
      folds: { type: 'string' },
      probes: { type: 'string' },
      galleries: { type: 'string', default: GALLERIES },
      pack: { type: 'string', default: 'bundled' },
      'person-vectors': { type: 'boolean', default: false },
      json: { type: 'string' },
      cache: { type: 'string' },
    },
  });
  const { images: folder } = values;
  if (!folder) throw new Error('Say --images DIR (DIR/<name>/<name>_NNNN.jpg)');
  const people = values.pairs
    ? (await readPairFile(values.pairs, values.folds?.split(',').map(Number))).people
    : await listPeople(folder);
  const images = await listImages(folder, people);
  if (images.length === 0) throw new Error(`No folder with images in ${folder}`);
  const analyzer = await benchAnalyzer(values.pack);
  try {
    const pack = analyzer.packs()[0]!;
    const { vectors, faces, msPerImage } = await embedImages(analyzer, folder, images, { cacheFolder: values.cache });
    const set = new LabelledVectors(pack.metric, vectors);
    if (values['person-vectors']) {
      const weights = [...faces.values()].map((face) => Math.max(1, qualityScore(face)));
      const weighted = new WeightedFaces(set, pack.metric, [...vectors.values()], weights);
      const report = await judgePersonVectors(weighted, readShapes(values.galleries), pack.calibration!);
      if (values.json) await writeFile(values.json, `${JSON.stringify({ pack: pack.id, ...report }, null, 2)}\n`);
      return;
    }
    const rates = identificationRates(set);
    const mislabelled = await readMislabelled();
    const pool = set.people().filter((person) => !mislabelled.has(person));
    const cells = readShapes(values.galleries)
      .filter((shape) => canDraw(set, pool, shape))
      .map((shape) =>
        judgeGalleries(set, pool, shape, pack.calibration!, {
          draws: DRAWS,
          probes: PROBES_A_DRAW,
          targetFpir: DEFAULT_TARGET_FPIR,
          seed: SEED,
          mayProbe: numberedWithin(values.probes),
        }),
      );
    show(rates, cells, pack.calibration!);
    const report = {
      pack: pack.id,
      people: people.length,
      images: images.length,
      imagesWithoutFace: images.length - vectors.size,
      ...rates,
      galleries: cells,
      msPerImage: msPerImage ?? null,
      runtime: analyzer.runtimes()[pack.id],
    };
    if (values.json) await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`);
  } finally {
    await analyzer.close();
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
