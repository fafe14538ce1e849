import { once } from 'node:events';
import { createWriteStream, renameSync, rmSync } from 'node:fs';
import { FacesDocument, PersonsDocument } from '@likeness/client';
import type { Context } from '../context.ts';
import { collectionOf } from './collection-of.ts';

const PAGE = 100;

/**
 * A collection as JSON lines, `{"person": {...}}` and `{"face": {...}}`: names, metadata, where each face is in which image.
 * No vectors. To stdout, or to a file that is there when it is whole.
 */
export async function exportCollection(
  context: Context,
  nameOrId: string,
  { output }: { output?: string },
): Promise<void> {
  const { likeness, out, signal } = context;
  const { id: collectionId } = await collectionOf(context, nameOrId);
  const counts = { persons: 0, faces: 0 };
  async function* lines(): AsyncGenerator<object, void, undefined> {
    const variables = { collectionId, first: PAGE };
    for await (const person of likeness.rows(PersonsDocument, variables, ({ persons }) => persons, { signal })) {
      counts.persons += 1;
      yield { person };
    }
    const ofCollection = { filter: { collectionId }, first: PAGE };
    // Addresses of crops end within the hour: they would be dead in any file.
    for await (const { cropUrl: _, ...face } of likeness.rows(FacesDocument, ofCollection, ({ faces }) => faces, {
      signal,
    })) {
      counts.faces += 1;
      yield { face };
    }
  }
  if (!output) {
    for await (const line of lines()) out.line(line);
    return;
  }
  const next = `${output}.part`;
  const file = createWriteStream(next, { mode: 0o600 });
  const opened = once(file, 'open');
  try {
    await opened;
    for await (const line of lines()) {
      if (!file.write(`${JSON.stringify(line)}\n`)) await once(file, 'drain');
      out.progress(`${counts.persons} persons, ${counts.faces} faces`);
    }
    file.end();
    await once(file, 'close');
    renameSync(next, output);
  } catch (error) {
    file.destroy();
    rmSync(next, { force: true });
    throw error;
  }
  out.answer({ file: output, ...counts }, () => `${output}: ${counts.persons} persons, ${counts.faces} faces`);
}
