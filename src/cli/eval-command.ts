import 'reflect-metadata';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfig } from '../config';
import { Closers } from '../container/closers';
import { packPlaces } from '../container/engines';
import { reasonOf } from '../container/reason';
import { stopSignal } from '../container/stop-signal';
import { endWith, interrupted } from './ending';
import { SHARED_OPTIONS, type EvalContext } from './eval/context';
import { evaluateVerification, VERIFICATION_OPTIONS } from './eval/verification';
import { UsageError, type ModelsContext } from './models/context';
import { servePack } from './models/trial';

const USAGE = `Usage: npm run eval -- MEASURE --images DIR ...

verification     are two photographs of one person? Accuracy over folds (LFW's protocol), DET and ROC
     --pairs FILE            LFW's format: "name n1 n2" and "name1 n1 name2 n2", over DIR/<name>/<name>_NNNN.jpg
     --threshold-pairs FILE  the threshold comes from these pairs [the other folds]
     --threshold-fold N      ... from this fold, and the others are judged

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
    default:
      throw new UsageError(USAGE);
  }
}

/**
 * `npm run eval -- ...`. Exit status 0; 1 when something did not work; 2 on wrong usage or a set that cannot be judged; 78 on
 * wrong settings; 130 or 143 when it was interrupted.
 */
async function main(): Promise<number> {
  const config = loadConfig();
  const stopping = stopSignal(() => process.stderr.write('\nstopping\n'));
  const closers = new Closers(
    (error, what) => console.error(`${what} did not close cleanly: ${reasonOf(error)}`),
    stopping,
  );
  const models: ModelsContext = {
    config,
    places: packPlaces(config),
    ownPacks: path.join(config.dataDir, 'packs'),
    print: (line) => console.log(line),
    signal: stopping,
    closers,
  };
  const context: EvalContext = {
    ...models,
    table: (rows) => console.table(rows),
    tell: (line) => console.error(line),
    open: async (packId) => {
      const analyzer = await servePack(models, packId, config.inferenceThreads);
      closers.add('analyzer', () => analyzer.close());
      return analyzer;
    },
  };
  try {
    return await Promise.race([run(context, process.argv.slice(2)), interrupted(stopping)]);
  } catch (error) {
    if (stopping.aborted) return await interrupted(stopping);
    if (error instanceof UsageError || (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS')) {
      console.error((error as Error).message);
      return 2;
    }
    throw error;
  } finally {
    await closers.closeAll();
  }
}

endWith(main());
