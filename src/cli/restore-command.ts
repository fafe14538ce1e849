import path from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfig } from '../config';
import { assertInFolders } from '../container/backup-source';
import { restoreBackup } from '../container/restore';
import { stopSignal } from '../container/stop-signal';
import { endWith } from './ending';

const USAGE = `Usage: npm run restore -- FILE

Puts a backup into the data folder of the settings (LIKENESS_DATA_DIR), which must be empty. Before you start Likeness on it, put
the newest erasures.jsonl there where you have one: what was erased after the backup is then erased again.`;

/** Exit status 0; 1 when the command failed; 2 on wrong usage; 130 or 143 when it was interrupted. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { help: { type: 'boolean' } } });
  const [file, ...rest] = positionals;
  if (values.help || file === undefined || rest.length > 0) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  const config = loadConfig();
  assertInFolders(config);
  const stopping = stopSignal(() => process.stderr.write('\nstopping\n'));
  const { createdAt, likeness, persons, faces, images, missing, keptLedger } = await restoreBackup(
    config,
    path.resolve(file),
    stopping,
  );
  console.log(`${config.dataDir} is as it was at ${createdAt}, under Likeness ${likeness}.`);
  console.log(`${persons} persons, ${faces} faces, ${images} images`);
  if (keptLedger) console.log(`${config.erasureLedger} was there already and stays: it is replayed at the start.`);
  if (missing > 0) console.log(`${missing} images were removed while the backup was made, with what they showed.`);
  console.log('npm start serves it. The index is built again from the database.');
  return 0;
}

endWith(main());
