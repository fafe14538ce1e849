import type { TableRow } from './csv-table.ts';

/** A file that was dropped or chosen, as far as one knows before it is read. */
export interface DroppedFile {
  /** With its folders: `people/Ann Lee/1.jpg`. */
  readonly path: string;
  readonly bytes: number;
}

/** What will be done with a file. */
export type PlannedFile<File extends DroppedFile> = File & {
  /** Whose largest face it shows: the folder that it lies in; null: every face in it is added, named by nobody yet. */
  readonly person: string | null;
  /** What a table says of the person beside that. */
  readonly row?: TableRow;
};

export interface LeftOut<File extends DroppedFile> {
  readonly file: File;
  readonly reason: string;
}

export interface ImportPlan<File extends DroppedFile> {
  readonly files: readonly PlannedFile<File>[];
  readonly leftOut: readonly LeftOut<File>[];
  /** Files that the table lists and that were not dropped. */
  readonly missing: readonly string[];
  /** Names of the people, in the order of the alphabet. */
  readonly people: readonly string[];
}

/** Whether it is a table that says whose the images are. */
export const isTable = ({ path }: DroppedFile): boolean => /\.csv$/i.test(path);

export const MAX_IMAGE_BYTES = 15 * 1024 * 1024;
const IMAGES = new Set(['jpg', 'jpeg', 'jpe', 'jfif', 'png', 'webp']);
const OTHER_IMAGES = new Set(['heic', 'heif', 'avif', 'gif', 'tif', 'tiff', 'bmp', 'svg', 'raw', 'cr2', 'nef', 'dng']);
const MAX_NAME = 255;

/**
 * Decides what becomes of each file, before a byte is sent.
 * @param options.folderIsPerson whether a folder is named after the person in its images.
 * @param options.table says whose each image is, instead of the folders; an image that it does not list is left out.
 */
export function planImport<File extends DroppedFile>(
  dropped: readonly File[],
  { folderIsPerson, table }: { readonly folderIsPerson: boolean; readonly table?: readonly TableRow[] | undefined },
): ImportPlan<File> {
  const files: PlannedFile<File>[] = [];
  const leftOut: LeftOut<File>[] = [];
  const depth = commonDepth(dropped);
  const refused = new Set<string | undefined>();
  const rows = new Map(table?.map((row) => [row.file, row]));
  for (const file of dropped) {
    if (table && isTable(file)) continue;
    const reason = reasonAgainst(file);
    if (reason === 'silent') continue;
    if (reason !== null) {
      refused.add(rowOf(rows, file.path)?.file);
      leftOut.push({ file, reason });
    } else if (table) {
      const row = rowOf(rows, file.path);
      if (row) files.push({ ...file, person: row.name || row.externalId || null, row });
      else leftOut.push({ file, reason: 'The table does not list it.' });
    } else files.push({ ...file, person: folderIsPerson ? personOf(file.path, depth) : null });
  }
  const people = [...new Set(files.flatMap(({ person }) => person ?? []))].sort((a, b) => a.localeCompare(b));
  const met = new Set(files.map(({ row }) => row?.file));
  const missing = [...rows.keys()].filter((file) => !met.has(file) && !refused.has(file));
  return { files, leftOut, missing, people };
}

/** A folder's name as people call somebody: `Ann_Lee` is Ann Lee. */
export function nameOfFolder(folder: string): string {
  return folder.replaceAll('_', ' ').replace(/\s+/g, ' ').trim().normalize('NFC').slice(0, MAX_NAME);
}

/** A table may lie in a folder that was dropped, and names files from there. */
function rowOf(rows: ReadonlyMap<string, TableRow>, path: string): TableRow | undefined {
  const parts = path.split('/');
  for (let from = 0; from < parts.length; from += 1) {
    const row = rows.get(parts.slice(from).join('/'));
    if (row) return row;
  }
  return undefined;
}

function reasonAgainst({ path, bytes }: DroppedFile): string | null | 'silent' {
  const name = path.split('/').at(-1) ?? '';
  // What systems leave in folders by themselves is nobody's picture.
  if (name.startsWith('.') || name === 'Thumbs.db' || name === 'desktop.ini') return 'silent';
  const kind = /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
  if (OTHER_IMAGES.has(kind)) return `${kind.toUpperCase()} images cannot be read. Save it as JPEG, PNG or WebP.`;
  if (!IMAGES.has(kind)) return 'This is no image. JPEG, PNG and WebP can be added.';
  if (bytes === 0) return 'The file is empty.';
  if (bytes > MAX_IMAGE_BYTES) {
    return `It has ${Math.round(bytes / 1024 / 1024)} MB; an image may have 15. Save it smaller.`;
  }
  return null;
}

/** Where somebody drops one folder that holds a folder for each person, that one folder is nobody. */
function commonDepth(dropped: readonly DroppedFile[]): number {
  const folders = dropped.map(({ path }) => path.split('/').slice(0, -1));
  const [first] = folders;
  if (!first || first.length === 0) return 0;
  const isShared = folders.every((parts) => parts[0] === first[0]);
  const isDeep = folders.some((parts) => parts.length > 1);
  return isShared && isDeep ? 1 : 0;
}

function personOf(path: string, depth: number): string | null {
  const folder = path.split('/').slice(0, -1)[depth];
  return folder === undefined ? null : nameOfFolder(folder) || null;
}
