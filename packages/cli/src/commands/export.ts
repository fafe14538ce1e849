import { once } from 'node:events';
import { createWriteStream, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { CollectionQuery, PlacedFaceFieldsFragment } from '@likeness/client';
import type { Context } from '../context.ts';
import { CommandError, EXIT } from '../exit-codes.ts';
import { linesOf, type LinesOptions } from '../moving/collection-lines.ts';
import { EXPORT_FILE, type End, type Header, type Line } from '../moving/format.ts';
import { ImageFiles } from '../moving/image-files.ts';
import type { NamedFace } from '../moving/xmp.ts';
import { collectionOf } from './collection-of.ts';

export interface ExportArguments {
  readonly output?: string;
  readonly out?: string;
  readonly images?: boolean;
  readonly xmp?: boolean;
  readonly parallel: number;
}

/**
 * A collection as JSON lines: persons, images, where the faces of each are and whose. No vectors. To stdout, to a file, or into
 * a folder, with the images where they are asked for; the file is there when it is whole.
 *
 * @throws CommandError when the folder holds an export already.
 */
export async function exportCollection(context: Context, nameOrId: string, options: ExportArguments): Promise<void> {
  const { likeness, out, signal, login } = context;
  const { output, out: folder, images: hasImages = false, parallel } = options;
  if (output && folder) throw new CommandError('Give --output or --out, not both.', EXIT.USAGE);
  if (hasImages && !folder) throw new CommandError('Images go into a folder: name it with --out DIR.', EXIT.USAGE);
  if (options.xmp && !hasImages) throw new CommandError('Sidecars lie beside images: add --images.', EXIT.USAGE);
  const file = folder ? path.join(folder, EXPORT_FILE) : output;
  if (folder && existsSync(path.join(folder, EXPORT_FILE))) {
    throw new CommandError(`${folder} holds an export already. Name another folder, or remove its ${EXPORT_FILE}.`);
  }
  const collection = headerOf(await collectionOf(context, nameOrId));
  if (folder) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const files = folder && hasImages ? new ImageFiles(folder, login.url, signal) : undefined;
  const saveImage: LinesOptions['saveImage'] = async (image, faces) => {
    if (!files) return null;
    const name = await files.save(image);
    // What is no face is no region either.
    const shown = faces.filter(({ hiddenAs }) => hiddenAs !== 'NOT_A_FACE');
    if (options.xmp) files.describe(name, image, shown.map(namedFaceOf));
    return name;
  };
  const lines = linesOf(likeness, collection, { signal, saveImage, hasImages, parallel });
  if (!file) {
    for await (const line of lines) out.line(line);
    return;
  }
  const end = await writeWhole(file, lines, (told) => out.progress(told));
  out.answer({ file, ...end }, () => `${file}: ${end.persons} persons, ${end.images} images, ${end.faces} faces`);
}

const namedFaceOf = ({ boundingBox, person }: PlacedFaceFieldsFragment): NamedFace => ({
  boundingBox,
  name: person?.displayName,
});

function headerOf(collection: NonNullable<CollectionQuery['collection']>): Header['collection'] {
  const { id, name, description, modelPackId: modelPack, targetFpir, qualityFilter } = collection;
  const { similarityThreshold = null, retentionDays = null } = collection;
  return { id, name, description, modelPack, similarityThreshold, targetFpir, qualityFilter, retentionDays };
}

/** @returns the last line. */
async function writeWhole(file: string, lines: AsyncIterable<Line>, tell: (progress: string) => void): Promise<End> {
  const next = `${file}.part`;
  const stream = createWriteStream(next, { mode: 0o600 });
  const opened = once(stream, 'open');
  let end: End = { persons: 0, images: 0, faces: 0 };
  let written = 0;
  try {
    await opened;
    for await (const line of lines) {
      if (!stream.write(`${JSON.stringify(line)}\n`)) await once(stream, 'drain');
      if ('end' in line) end = line.end;
      tell(`${(written += 1)} lines`);
    }
    stream.end();
    await once(stream, 'close');
    renameSync(next, file);
    return end;
  } catch (error) {
    stream.destroy();
    rmSync(next, { force: true });
    throw error;
  }
}
