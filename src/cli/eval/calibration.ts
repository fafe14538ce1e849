import { drawLineChart } from '../../../workers/evaluation/line-chart';
import { allPairDistances, equalError } from '../../../workers/evaluation/pair-statistics';
import { checkScale } from '../../../workers/evaluation/scale-check';
import { packIdOf } from '../../../workers/inference/pack-manifest';
import { UsageError } from '../models/context';
import { percent, type EvalContext, type SharedOptions } from './context';
import { embedPeople } from './people';
import { checkResultsPlace, writeResults } from './results';

/**
 * `calibration --images DIR`: how many strangers reach each similarity, against how many the pack's scale promises.
 *
 * @throws UsageError when the pack has no scale or the set cannot be judged.
 */
export async function evaluateCalibration(context: EvalContext, wish: SharedOptions): Promise<number> {
  await checkResultsPlace(wish);
  const { set, manifest, imagesWithoutFace, runtime } = await embedPeople(context, wish);
  const pack = packIdOf(manifest);
  const { calibration } = manifest;
  if (calibration === undefined) {
    throw new UsageError(`${pack} has no similarity scale: npm run models -- calibrate ${pack} DIR fits one.`);
  }
  const pairs = allPairDistances(set);
  if (pairs.genuine.length === 0) {
    throw new UsageError(`Nobody in ${wish.images} has two photographs with a face: nothing tells who must match.`);
  }
  const scale = checkScale(set, pairs, calibration);
  const eer = equalError(pairs).rate;
  context.print(
    `${pack}: ${set.images.length} images of ${set.people().length} people, ${imagesWithoutFace} without a face; ${pairs.impostor.length} pairs of strangers, ${pairs.genuine.length} of one person; equal error rate ${percent(eer)}`,
  );
  context.print(`Its scale was fitted on ${calibration.source}.`);
  context.table(
    scale.map(({ similarity, promisedFalseMatchRate, falseMatches, trueMatchRate }) => ({
      similarity,
      promised: promisedFalseMatchRate.toExponential(1),
      observed: falseMatches.rate.toExponential(2),
      interval: falseMatches.interval.map((rate) => rate.toExponential(1)).join(' - '),
      'true matches': percent(trueMatchRate),
    })),
  );
  const range = [1e-6, 1] as const;
  await writeResults(context, wish, {
    report: {
      pack,
      eer,
      genuine: pairs.genuine.length,
      impostor: pairs.impostor.length,
      imagesWithoutFace,
      scale,
      runtime,
    },
    charts: {
      'calibration.svg': drawLineChart({
        title: `False matches of ${pack}, promised and seen`,
        x: { label: 'promised false-match rate', scale: 'LOG', range },
        y: { label: 'observed false-match rate', scale: 'LOG', range },
        lines: [
          {
            label: 'on these photographs',
            points: scale
              .filter(({ falseMatches }) => falseMatches.matches > 0)
              .map(({ promisedFalseMatchRate, falseMatches }) => [promisedFalseMatchRate, falseMatches.rate] as const),
          },
          {
            label: 'as promised',
            points: [
              [range[0], range[0]],
              [range[1], range[1]],
            ],
          },
        ],
      }),
    },
  });
  return 0;
}
