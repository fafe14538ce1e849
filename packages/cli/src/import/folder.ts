import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import type { EnrollPersonInput } from '@likeness/client';
import { CommandError, EXIT } from '../exit-codes.ts';
import { statOf } from '../stat-of.ts';
import type { ListedFile, Listing, RefusedFile } from './listing.ts';

/** In a person's folder: `{ "urls": [...], "knownFor": "..." }` and whatever else their metadata is to be. */
const FACTS = 'person.json';
/** What people take for an image by its name. The server says which kinds it takes. */
const LOOKS_LIKE_IMAGE = /\.(jpe?g|jfif|png|webp|gif|hei[cf]|avif|tiff?|bmp|jxl)$/i;

export interface FolderOptions {
  /** Images that lie beside the persons' folders are enrolled too, their faces assigned to nobody. */
  readonly unnamed: boolean;
  /** They are enrolled for whom their names say, without the ending. */
  readonly byName?: boolean;
}

/**
 * `DIR/<person>/`: the images in such a folder, and in folders in it, are that person's. Links are followed within DIR; one
 * that leads out of it, as an archive of somebody else's may hold, would send what nobody offered. `person.json` in a person's folder is their
 * metadata.
 *
 * @throws CommandError when DIR is no folder or holds no image, or a `person.json` is no JSON object.
 */
export function listFolder(folder: string, options: FolderOptions): Listing {
  if (!statOf(folder)?.isDirectory()) {
    throw new CommandError(`${folder} is neither a folder nor a .csv file.`, EXIT.USAGE);
  }
  const walk = new Walk(realpathSync(folder));
  for (const name of namesIn(folder)) {
    const entry = path.join(folder, name);
    const isFile = statSync(entry, { throwIfNoEntry: false })?.isFile() ?? false;
    const isImage = isFile && LOOKS_LIKE_IMAGE.test(name);
    if (isImage && options.byName === true) walk.visit(entry, name, personOf(path.parse(name).name, undefined));
    else if (isImage && !options.unnamed) {
      walk.refuse(
        name,
        'lies beside the folders. Each person has a folder; --by-name enrols it for whom it is called after, --unnamed for nobody',
      );
    } else walk.visit(entry, name, isFile ? undefined : personOf(name, walk.factsIn(entry)));
  }
  if (walk.files.length === 0) {
    const why = walk.refused.map(({ shown, reason }) => `\n  ${shown}: ${reason}`).join('');
    throw new CommandError(`${folder} holds no images to import: it wants DIR/<person>/ with images in it.${why}`);
  }
  return walk;
}

/** The folder's name is the person's: what a second import knows them by, too. */
function personOf(folder: string, metadata: Record<string, unknown> | undefined): EnrollPersonInput {
  const name = folder.normalize('NFC');
  return { create: { displayName: name.replaceAll('_', ' '), externalId: name, ...(metadata ? { metadata } : {}) } };
}

/** @throws CommandError when it is no JSON object. */
function readFacts(file: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Told below.
  }
  throw new CommandError(`${file} is no JSON object, such as {"knownFor": "The first program"}.`, EXIT.USAGE);
}

function namesIn(folder: string): string[] {
  // Systems leave hidden files in folders of images.
  return readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .sort();
}

class Walk implements Listing {
  readonly files: ListedFile[] = [];
  readonly refused: RefusedFile[] = [];
  readonly skipped = new Map<string, number>();
  private readonly seen = new Set<string>();

  /** @param root the real path, out of which no link may lead. */
  constructor(private readonly root: string) {}

  refuse(shown: string, reason: string): void {
    this.refused.push({ shown, reason });
  }

  /** What a folder says of its person; undefined: nothing, or by a link that leads out. @throws CommandError. */
  factsIn(folder: string): Record<string, unknown> | undefined {
    const file = path.join(folder, FACTS);
    const isThere = statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
    return isThere && !this.leadsOut(file) ? readFacts(file) : undefined;
  }

  visit(file: string, shown: string, person: EnrollPersonInput | undefined): void {
    const stats = statSync(file, { throwIfNoEntry: false });
    if (!stats) return this.refuse(shown, 'is a link to nothing');
    if (this.leadsOut(file)) return this.refuse(shown, 'is a link that leads out of the folder');
    if (stats.isDirectory()) return this.visitFolder(file, shown, person);
    if (!stats.isFile()) return this.refuse(shown, 'is neither a file nor a folder');
    if (path.basename(file) === FACTS) return;
    if (!LOOKS_LIKE_IMAGE.test(file)) {
      const kind = path.extname(file).toLowerCase() || 'without an ending';
      this.skipped.set(kind, (this.skipped.get(kind) ?? 0) + 1);
      return;
    }
    this.files.push({ path: file, shown, bytes: stats.size, modifiedMs: stats.mtimeMs, person });
  }

  private leadsOut(file: string): boolean {
    const real = realpathSync(file);
    return real !== this.root && !real.startsWith(this.root + path.sep);
  }

  private visitFolder(folder: string, shown: string, person: EnrollPersonInput | undefined): void {
    const real = realpathSync(folder);
    if (this.seen.has(real)) return this.refuse(shown, 'is a link to a folder that was looked through already');
    this.seen.add(real);
    try {
      for (const name of namesIn(folder)) this.visit(path.join(folder, name), path.join(shown, name), person);
    } catch (error) {
      this.refuse(shown, `cannot be read: ${(error as Error).message}`);
    }
  }
}
