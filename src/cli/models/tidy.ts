import { rm, stat } from 'node:fs/promises';
import { inMegabytes, type ModelsContext } from './context';
import { findUnusedCompiled } from './stored-files';

/**
 * `tidy`: takes away the compiled models that no pack of this release asks for. Only when it is asked to: a server of another
 * release that uses the same data folder may still want them.
 */
export async function tidyModels({ places, print }: ModelsContext): Promise<number> {
  const unused = await findUnusedCompiled(places);
  let bytes = 0;
  for (const file of unused) {
    bytes += (await stat(file).catch(() => undefined))?.size ?? 0;
    await rm(file, { force: true });
  }
  print(`${unused.length} compiled models, ${inMegabytes(bytes)}, were of no pack here and are gone.`);
  return 0;
}
