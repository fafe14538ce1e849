import { similarityOf, type Calibration } from '../../domain/calibration';
import { DEFAULT_TARGET_FPIR } from '../../domain/identification';
import { judgeGalleries, type GalleryCell } from '../../../workers/evaluation/gallery-cells';
import { canDraw, type GalleryShape } from '../../../workers/evaluation/gallery-draws';
import { identificationRates, type IdentificationRates } from '../../../workers/evaluation/identification-protocol';
import type { LabelledVectors } from '../../../workers/evaluation/labelled-vectors';
import { drawLineChart } from '../../../workers/evaluation/line-chart';
import { packIdOf } from '../../../workers/inference/pack-manifest';
import { UsageError } from '../models/context';
import { percent, type EvalContext, type SharedOptions } from './context';
import { embedPeople } from './people';
import { checkResultsPlace, writeResults } from './results';

export const IDENTIFICATION_OPTIONS = {
  galleries: { type: 'string', default: '24x1,100x1,400x1,1000x1,24x5,75x5' },
} as const;

export interface IdentificationWish extends SharedOptions {
  readonly galleries: string;
}

const DRAWS = 40;
const PROBES_A_DRAW = 250;
const SEED = 1;

/**
 * `identification --images DIR`: 1:N. The closed and the open set of the protocol, then random galleries at the threshold that a
 * search takes by itself.
 *
 * @throws UsageError when the set cannot be judged.
 */
export async function evaluateIdentification(context: EvalContext, wish: IdentificationWish): Promise<number> {
  const shapes = readShapes(wish.galleries);
  await checkResultsPlace(wish);
  const { set, manifest, imagesWithoutFace, runtime } = await embedPeople(context, wish);
  const people = set.people();
  if (people.every((person) => set.imagesOf(person).length < 2)) {
    throw new UsageError(`Nobody in ${wish.images} has two photographs with a face: there is nobody to look for.`);
  }
  const pack = packIdOf(manifest);
  const rates = identificationRates(set);
  const { calibration } = manifest;
  const cells = calibration ? judgeAll(set, shapes, calibration) : [];
  show(context, pack, rates, cells, calibration);
  const { openSetCurve, ...told } = rates;
  await writeResults(context, wish, {
    report: {
      pack,
      people: people.length,
      images: set.images.length,
      imagesWithoutFace,
      ...told,
      galleries: cells,
      runtime,
    },
    charts: {
      'cmc.svg': cmcChart(pack, rates),
      ...(openSetCurve.length > 1 && { 'open-set.svg': openSetChart(pack, rates) }),
    },
  });
  return 0;
}

function readShapes(text: string): GalleryShape[] {
  return text.split(',').map((one) => {
    const [people, samples] = one.split('x').map(Number);
    if (!(people! > 0) || !(samples! > 0)) throw new UsageError(`--galleries: ${one} is not PEOPLExIMAGES`);
    return { people: people!, samples: samples! };
  });
}

function judgeAll(set: LabelledVectors, shapes: readonly GalleryShape[], calibration: Calibration): GalleryCell[] {
  const pool = set.people();
  return shapes
    .filter((shape) => canDraw(set, pool, shape))
    .map((shape) =>
      judgeGalleries(set, pool, shape, calibration, {
        draws: DRAWS,
        probes: PROBES_A_DRAW,
        targetFpir: DEFAULT_TARGET_FPIR,
        seed: SEED,
        mayProbe: () => true,
      }),
    );
}

function show(
  { print, table }: EvalContext,
  pack: string,
  rates: IdentificationRates,
  cells: readonly GalleryCell[],
  calibration: Calibration | undefined,
): void {
  print(
    `${pack}: rank 1 ${percent(rates.rank1)}, rank 5 ${percent(rates.rank5)}: ${rates.probes} probes, ${rates.gallery} people`,
  );
  for (const { fpir, fnir, distance, strangers } of rates.openSet) {
    const similarity = calibration ? `similarity ${similarityOf(calibration, distance).toFixed(1)}, ` : '';
    print(`FNIR ${percent(fnir)} at FPIR ${percent(fpir)} (${similarity}${strangers} strangers)`);
  }
  if (rates.openSet.length === 0)
    print('Too few people with one photograph for an open set: ten strangers are wanted.');
  if (cells.length === 0) return;
  print('Random galleries, at the threshold that a search takes by itself:');
  table(
    cells.map(({ people, samples, threshold, strangers, observedFpir, interval, mated }) => ({
      gallery: `${people} x ${samples}`,
      threshold: threshold.toFixed(1),
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

function cmcChart(pack: string, { cmc }: IdentificationRates): string {
  return drawLineChart({
    title: `Ranks of ${pack}, closed set`,
    x: { label: 'rank', scale: 'LINEAR', range: [1, Math.max(2, cmc.length)] },
    y: {
      label: 'probes whose person is within it',
      scale: 'LINEAR',
      range: [Math.max(0, Math.floor(cmc[0]! * 20 - 1) / 20), 1],
    },
    lines: [{ label: pack, points: cmc.map((share, i) => [i + 1, share] as const) }],
  });
}

function openSetChart(pack: string, { openSetCurve }: IdentificationRates): string {
  return drawLineChart({
    title: `Errors of ${pack}, open set`,
    x: {
      label: 'false-positive identification rate (FPIR)',
      scale: 'LOG',
      range: [Math.min(0.1, 1 / openSetCurve.length), 1],
    },
    y: { label: 'false-negative identification rate (FNIR)', scale: 'LOG', range: [1e-3, 1] },
    lines: [{ label: pack, points: openSetCurve.slice(1).map(({ fpir, fnir }) => [fpir, fnir] as const) }],
  });
}
