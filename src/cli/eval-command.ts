import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { stopSignal } from '../container/stop-signal';
import { endWith, interrupted } from './ending';
import { SHARED_OPTIONS, type EvalContext } from './eval/context';
import { evaluateCalibration } from './eval/calibration';
import { evaluateGroups, GROUPS_OPTIONS } from './eval/groups';
import { evaluateIdentification, IDENTIFICATION_OPTIONS } from './eval/identification';
import { evaluateVerification, VERIFICATION_OPTIONS } from './eval/verification';
import { evaluateVideo, VIDEO_OPTIONS } from './eval/video';
import { openModels, tellFailure, UsageError } from './models/context';
import { servePack } from './models/trial';

const USAGE = `Usage: npm run eval -- MEASURE --images DIR ...

verification     are two photographs of one person? Accuracy over folds (LFW's protocol), DET and ROC
     --pairs FILE            LFW's format: "name n1 n2" and "name1 n1 name2 n2", over DIR/<name>/<name>_NNNN.jpg
     --threshold-pairs FILE  the threshold comes from these pairs [the other folds]
     --threshold-fold N      ... from this fold, and the others are judged

identification   who of all is it? Ranks, the open set, and random galleries at a search's own threshold
     --galleries 24x1,75x5   PEOPLExIMAGES, those that the set is large enough for

video            are two videos of one person? DIR/<name>/<number>/<frame>.jpg, by the mean of their K best frames
     --pairs FILE            "fold, first video, second video, 1 or 0", as YouTube Faces' splits.txt
     --frames 1,5,10,25,50,100   K

calibration      do similarities mean on these photographs what the pack promises?

groups           how often do strangers of each group match?
     --labels FILE           "person,<column>,..." with commas or tabs: each column groups the people in its way
     --rate .001             at the threshold where so many of all strangers match, or --similarity 80

With each of them:
     --pack NAME [bundled]   a recognition pack, shipped or your own
     --out DIR               a new folder: report.json and the curves as SVG
     --sheets                ... and contact sheets of the errors: photographs of your set
     --json FILE             the report alone
     --cache DIR             keeps vectors there between runs

docs/evaluation.md says what is measured, and how.`;

const OPTIONS = {
  help: { type: 'boolean', default: false },
  ...SHARED_OPTIONS,
  ...VERIFICATION_OPTIONS,
  ...IDENTIFICATION_OPTIONS,
  ...VIDEO_OPTIONS,
  ...GROUPS_OPTIONS,
} as const;

async function run(context: EvalContext, args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
  const [measure, ...more] = positionals;
  if (values.help) {
    context.print(USAGE);
    return 0;
  }
  if (more.length > 0) throw new UsageError(`${more[0]} belongs to no option. ${USAGE}`);
  switch (measure) {
    case 'verification':
      return evaluateVerification(context, values);
    case 'identification':
      return evaluateIdentification(context, values);
    case 'video':
      return evaluateVideo(context, values);
    case 'calibration':
      return evaluateCalibration(context, values);
    case 'groups':
      return evaluateGroups(context, values);
    default:
      throw new UsageError(USAGE);
  }
}

/**
 * `npm run eval -- ...`. Exit status 0; 1 when something did not work; 2 on wrong usage or a set that cannot be judged; 78 on
 * wrong settings; 130 or 143 when it was interrupted.
 */
async function main(): Promise<number> {
  const stopping = stopSignal(() => process.stderr.write('\nstopping\n'));
  const models = openModels(stopping);
  const context: EvalContext = {
    ...models,
    table: (rows) => console.table(rows),
    tell: (line) => console.error(line),
    open: async (packId) => {
      const analyzer = await servePack(models, packId, models.config.inferenceThreads);
      models.closers.add('analyzer', () => analyzer.close());
      return analyzer;
    },
  };
  try {
    return await Promise.race([run(context, process.argv.slice(2)), interrupted(stopping)]);
  } catch (error) {
    if (stopping.aborted) return await interrupted(stopping);
    return tellFailure(error);
  } finally {
    await models.closers.closeAll();
  }
}

endWith(main());
