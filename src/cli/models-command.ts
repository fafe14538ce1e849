import 'reflect-metadata';
import { constants } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigError, loadConfig } from '../config';
import { packPlaces } from '../container/engines';
import { leaveSoon, stopAsked, stopSignal, type StopAsked } from '../container/stop-signal';
import { UsageError, type ModelsContext } from './models/context';
import { listModels, showModel } from './models/look';
import { pullModel } from './models/pull';
import { removeModel } from './models/remove';
import { verifyModel } from './models/trial';

const USAGE = `Usage: npm run models -- COMMAND

list                    the packs there are, and what they lack
show NAME               what a pack is made of, where its files come from, which are here
pull NAME               fetches what a pack lacks, checks and compiles it; goes on where it was stopped
     --accept-licence   where its licence restricts what you may do with it
verify NAME             checks every file and looks at two faces with it
remove NAME@VERSION     a pack of your own, and what was fetched or compiled for this pack alone
     --force            although collections use it: they cannot be searched then

NAME is a pack's name (its newest version) or NAME@VERSION. remove looks into the database:
stop Likeness first where PostgreSQL is embedded.`;

const OPTIONS = {
  'accept-licence': { type: 'boolean', default: false },
  force: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

async function run(context: ModelsContext, args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
  const [verb, name, ...more] = positionals;
  if (values.help) {
    context.print(USAGE);
    return 0;
  }
  const named = (): string => {
    if (name === undefined || more.length > 0) throw new UsageError(`Say which pack: npm run models -- ${verb} NAME`);
    return name;
  };
  switch (verb) {
    case 'list':
      return listModels(context);
    case 'show':
      return showModel(context, named());
    case 'pull':
      return pullModel(context, named(), values['accept-licence']);
    case 'verify':
      return verifyModel(context, named());
    case 'remove':
      return removeModel(context, named(), values.force);
    default:
      throw new UsageError(USAGE);
  }
}

/**
 * `npm run models -- ...`. Exit status 0; 1 when something did not work; 2 on wrong usage; 78 on wrong settings; 130 or 143
 * when it was interrupted.
 */
async function main(): Promise<number> {
  const config = loadConfig();
  const stopping = stopSignal(() => process.stderr.write('\nstopping\n'));
  const interrupted = async (): Promise<number> => {
    await stopAsked(stopping);
    return 128 + constants.signals[(stopping.reason as StopAsked).signal];
  };
  const context: ModelsContext = {
    config,
    places: packPlaces(config),
    ownPacks: path.join(config.dataDir, 'packs'),
    print: (line) => console.log(line),
    signal: stopping,
  };
  try {
    return await Promise.race([run(context, process.argv.slice(2)), interrupted()]);
  } catch (error) {
    if (stopping.aborted) return interrupted();
    if (error instanceof UsageError || (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS')) {
      console.error((error as Error).message);
      return 2;
    }
    throw error;
  }
}

const ended = main().then(
  (status) => (process.exitCode = status),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = error instanceof ConfigError ? 78 : 1;
  },
);
void ended.then(leaveSoon);
