import { createHash } from 'node:crypto';
import { readdirSync, realpathSync, statSync, type Stats } from 'node:fs';
import path from 'node:path';
import { printable } from '../container/printable';
import { DomainError } from '../domain/errors';
import { assertSupportedImage, SNIFF_BYTES } from '../domain/image-format';
import { MAX_IMAGE_BYTES } from '../modules/images/image-loader.service';
import { readAtMost, tooLarge } from './capped-file';
import { DemoError, type DemoImages, type GalleryImage, type RefusedFile } from './gallery';

/** What people take for an image by its name; of other files only those that are one are taken. */
const LOOKS_LIKE_IMAGE = /\.(jpe?g|jfif|png|webp|gif|hei[cf]|avif|tiff?|bmp|jxl|raw|dng|cr2|nef|arw)$/i;

/**
 * Looks through folders; what it meets is kept by what can be done with it. Links are followed within the folder that was
 * asked for: one that leads out of it, as an archive of somebody else's may hold, would enrol what nobody offered.
 */
class FolderSearch {
  readonly images: { readonly file: string; readonly shown: string }[] = [];
  readonly refused: RefusedFile[] = [];
  readonly skipped = new Map<string, number>();
  private readonly seen = new Set<string>();

  /**
   * @param shown the file's name in what is printed.
   * @param root the real path, out of which no link may lead.
   */
  visit(file: string, shown: string, root: string): void {
    // Files that systems leave in folders of images.
    if (path.basename(file).startsWith('.')) return;
    if (this.leadsOut(file, root)) return this.refuse(shown, 'is a link that leads out of the folder');
    const stats = this.statOf(file, shown);
    if (stats?.isDirectory()) this.visitFolder(file, shown, root);
    else if (stats?.isFile()) this.visitFile(file, shown, stats.size);
    else if (stats) this.refuse(shown, 'is neither a file nor a folder');
  }

  refuse(shown: string, reason: string): void {
    this.refused.push({ shown, reason });
  }

  /** false, too, for what leads nowhere: that is told apart when it is looked at. */
  leadsOut(file: string, root: string): boolean {
    try {
      const real = realpathSync(file);
      return real !== root && !real.startsWith(root.endsWith(path.sep) ? root : root + path.sep);
    } catch {
      return false;
    }
  }

  private statOf(file: string, shown: string): Stats | undefined {
    try {
      return statSync(file);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      this.refuse(shown, code === 'ENOENT' || code === 'ELOOP' ? 'is a link to nothing' : `cannot be read (${code})`);
      return undefined;
    }
  }

  /** Links to folders are followed, each folder once. */
  private visitFolder(folder: string, shown: string, root: string): void {
    const real = realpathSync(folder);
    if (this.seen.has(real)) return this.refuse(shown, 'is a link to a folder that was looked through already');
    this.seen.add(real);
    let names: string[];
    try {
      names = readdirSync(folder).sort();
    } catch (error) {
      return this.refuse(shown, `cannot be read (${(error as NodeJS.ErrnoException).code})`);
    }
    if (names.length === 0) this.refuse(shown, 'is an empty folder');
    for (const name of names) this.visit(path.join(folder, name), path.join(shown, name), root);
  }

  private visitFile(file: string, shown: string, bytes: number): void {
    try {
      assertSupportedImage(readAtMost(file, SNIFF_BYTES));
    } catch (error) {
      const reason =
        error instanceof DomainError ? error.message : `cannot be read (${(error as { code?: string }).code})`;
      if (LOOKS_LIKE_IMAGE.test(file) || !(error instanceof DomainError)) return this.refuse(shown, reason);
      const kind = path.extname(file).toLowerCase() || 'without an ending';
      this.skipped.set(kind, (this.skipped.get(kind) ?? 0) + 1);
      return;
    }
    if (bytes > MAX_IMAGE_BYTES) this.refuse(shown, tooLarge((bytes / 2 ** 20).toFixed(1)));
    else this.images.push({ file, shown });
  }
}

/**
 * `DIR/<person>/`: the images in such a folder, and in folders in it, are that person's. Nothing that lies there ends the
 * demo: what cannot be enrolled is among the refused.
 *
 * @param people a folder, or a link to one.
 * @param probes files, or folders of them.
 * @throws DemoError with a sentence for the person at the terminal, when there is nothing to enrol or to search.
 */
export function folderImages(people: string, probes: readonly string[]): DemoImages {
  if (!statSync(people, { throwIfNoEntry: false })?.isDirectory())
    throw new DemoError(`--people ${people} is not a folder.`);
  const search = new FolderSearch();
  const root = realpathSync(people);
  const gallery: GalleryImage[] = [];
  for (const name of readdirSync(people).sort()) {
    const entry = path.join(people, name);
    const isWithin = !name.startsWith('.') && !search.leadsOut(entry, root);
    if (isWithin && isFile(entry)) {
      search.refuse(name, 'lies beside the folders: each person has a folder of their own');
      continue;
    }
    const before = search.images.length;
    search.visit(entry, name, root);
    const label = name.normalize('NFC');
    gallery.push(...search.images.slice(before).map((one) => ({ ...one, label, person: label.replaceAll('_', ' ') })));
  }
  if (gallery.length === 0) {
    const why = search.refused.map(({ shown, reason }) => `\n  ${printable(`${shown}  ${reason}`)}`).join('');
    throw new DemoError(
      `--people ${people} holds no images: it wants DIR/<person>/ with JPEG, PNG or WebP images in it.${why}`,
    );
  }
  const toSearch = probeFiles(probes);
  const [only] = toSearch.images;
  return {
    title:
      toSearch.images.length === 1 ? `Who is in ${only!.shown}?` : `Who is in these ${toSearch.images.length} images?`,
    collection: collectionOf(people),
    gallery,
    probes: toSearch.images.map(({ file }) => file),
    refused: search.refused,
    unsearchable: toSearch.refused,
    skipped: search.skipped,
  };
}

function probeFiles(probes: readonly string[]): FolderSearch {
  const search = new FolderSearch();
  for (const probe of probes) search.visit(probe, path.basename(probe), realOf(probe));
  if (search.images.length === 0) {
    const why = search.refused.map(({ shown, reason }) => printable(` ${shown} ${reason}.`)).join('');
    throw new DemoError(`--probe ${probes.join(' ')} is no image that can be searched.${why}`);
  }
  return search;
}

function isFile(file: string): boolean {
  try {
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** What was named at the command line may be a link itself. */
function realOf(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}

/** One collection a folder, whatever it is called by. */
function collectionOf(people: string): string {
  const folder = realpathSync(people);
  const name = path
    .basename(folder)
    .normalize('NFD')
    .replace(/[^A-Za-z0-9._-]/g, '');
  return `people-${name.slice(0, 40)}-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`;
}
