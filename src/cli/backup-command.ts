import path from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfig } from '../config';
import { writeBackup } from '../container/backup';
import { assertInFolders, withServer } from '../container/backup-source';
import { stopSignal } from '../container/stop-signal';
import { MEGABYTE } from '../domain/units';
import { endWith } from './ending';

const USAGE = `Usage: npm run backup -- FILE

Writes all that the data folder holds into one new file, while Likeness serves: database, images, packs and secrets. Keep the
file as you keep secrets. npm run restore -- FILE puts it into an empty folder.`;

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
  const startedAt = performance.now();
  const { bytes, images } = await withServer(config, (ownerUrl) =>
    writeBackup(config, ownerUrl, path.resolve(file), stopping),
  );
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  console.log(`${file}: ${Math.ceil(bytes / MEGABYTE)} MB with ${images} images and uploads, in ${seconds} s`);
  return 0;
}

endWith(main());
