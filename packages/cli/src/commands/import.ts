import { CreateCollectionDocument, type OnAmbiguous, type QualityFilter } from '@likeness/client';
import { statSync } from 'node:fs';
import path from 'node:path';
import type { Context } from '../context.ts';
import { CommandError, EXIT, type ExitCode } from '../exit-codes.ts';
import { listCsv } from '../import/csv.ts';
import { listFaces } from '../import/face-list.ts';
import { listFolder } from '../import/folder.ts';
import { runImport, type ImportReport } from '../import/import-run.ts';
import { Journal } from '../import/journal.ts';
import type { Listing } from '../import/listing.ts';
import { importExport } from '../moving/export-import.ts';
import { readExport } from '../moving/export-reader.ts';
import { EXPORT_FILE } from '../moving/format.ts';
import { printable } from '../output.ts';
import { findCollection } from './collection-of.ts';

export interface ImportArguments {
  readonly collection: string;
  readonly create?: boolean;
  readonly pack?: string;
  readonly onAmbiguous?: OnAmbiguous;
  readonly quality?: QualityFilter;
  readonly unnamed?: boolean;
  readonly byName?: boolean;
  readonly images?: string;
  readonly again?: boolean;
  readonly parallel: number;
}

/** `DIR` is an export or has a folder a person; `CSV` has a row an image; `JSON` is another system's listing of faces. */
export async function importImages(context: Context, source: string, options: ImportArguments): Promise<ExitCode> {
  const { likeness, out, signal, surroundings, login } = context;
  const exported = findExport(source);
  if (exported) return importWhole(context, exported, options);
  const listing = list(source, options);
  const collectionId = await openCollection(context, options);
  const place = [login.url, collectionId, options.again ? String(Date.now()) : path.resolve(source)];
  const report = await runImport(likeness, collectionId, listing, new Journal(surroundings.environment, place), out, {
    onAmbiguous: options.onAmbiguous,
    qualityFilter: options.quality,
    parallel: options.parallel,
    signal,
  });
  out.answer(report, () => textOf(report));
  return report.notIndexed.length > 0 ? EXIT.PARTLY : EXIT.DONE;
}

/** @throws CommandError when it is none of these, or holds nothing to import. */
function list(source: string, { unnamed = false, byName = false, images }: ImportArguments): Listing {
  if (unnamed && byName) throw new CommandError('Say --unnamed or --by-name, not both.', EXIT.USAGE);
  if (/\.json$/i.test(source)) return listFaces(source, { images, unnamed });
  if (images !== undefined) throw new CommandError('--images goes with a .json listing of another system.', EXIT.USAGE);
  return /\.csv$/i.test(source) ? listCsv(source) : listFolder(source, { unnamed, byName });
}

/** Of a folder or a file that `export` wrote. */
function findExport(source: string): string | undefined {
  // Of what is looked for in a file that is no folder, statSync throws.
  const isFolder = statSync(source, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const file = isFolder ? path.join(source, EXPORT_FILE) : source;
  if (!isFolder && !/\.jsonl$/i.test(source)) return undefined;
  return statSync(file, { throwIfNoEntry: false })?.isFile() ? file : undefined;
}

async function importWhole(context: Context, file: string, options: ImportArguments): Promise<ExitCode> {
  const { likeness, out, signal, surroundings, login } = context;
  const read = await readExport(file);
  const collectionId = await openCollection(context, options);
  const origin = options.again ? String(Date.now()) : read.originId;
  const journal = new Journal(surroundings.environment, [login.url, collectionId, 'export', origin]);
  const report = await importExport(likeness, collectionId, read, journal, out, { parallel: options.parallel, signal });
  out.answer(report, () => `${report.persons} persons. ${textOf(report)}`);
  return report.notIndexed.length > 0 ? EXIT.PARTLY : EXIT.DONE;
}

async function openCollection(context: Context, { collection: name, create, pack }: ImportArguments): Promise<string> {
  const found = await findCollection(context, name);
  if (found && pack && found.modelPackId !== pack) {
    const used = `The collection ${name} is of the pack ${found.modelPackId}: leave --pack out, or name another collection.`;
    throw new CommandError(used);
  }
  if (found) return found.id;
  if (!create) throw new CommandError(`There is no collection ${name}. To make it, add --create`);
  const { createCollection } = await context.likeness.request(
    CreateCollectionDocument,
    { input: { name, modelPack: pack } },
    { signal: context.signal },
  );
  return createCollection.collection.id;
}

function textOf({ files, indexed, duplicates, unchanged, notIndexed, skipped }: ImportReport): string {
  const lines = notIndexed.map(({ shown, reason }) => `  ${printable(shown)}: ${printable(reason)}`);
  const others = Object.entries(skipped).map(([kind, count]) => `${count} ${printable(kind)}`);
  return [
    `${files} files: ${indexed} indexed (${duplicates} of them were there), ${unchanged} unchanged since the last import, ${notIndexed.length} not indexed.`,
    ...(lines.length > 0 ? ['Not indexed:', ...lines] : []),
    ...(others.length > 0 ? [`No images, and left alone: ${others.join(', ')}.`] : []),
  ].join('\n');
}
