import type { ImportFile } from '../imports.ts';

/** Files that a folder may hold before one says so. */
const MAX_FILES = 20_000;

/** Everything that was dropped, folders walked to their ends. @throws Error when there is too much. */
export async function filesOfDrop(transfer: DataTransfer): Promise<ImportFile[]> {
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const found: ImportFile[] = [];
  // Asked for before anything is waited for: a transfer is empty after that.
  for (const entry of entries) await walk(entry, '', found);
  return found;
}

export function filesOfInput(list: FileList | null): ImportFile[] {
  return [...(list ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, bytes: file.size, file }));
}

async function walk(entry: FileSystemEntry, folder: string, found: ImportFile[]): Promise<void> {
  if (found.length >= MAX_FILES) {
    throw new Error(`These are more than ${MAX_FILES.toLocaleString('en')} files. Drop some folders at a time.`);
  }
  const path = folder ? `${folder}/${entry.name}` : entry.name;
  if (entry.isFile) {
    const file = await new Promise<File | null>((resolve) =>
      (entry as FileSystemFileEntry).file(resolve, () => resolve(null)),
    );
    if (file) found.push({ path, bytes: file.size, file });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  // A reader gives a hundred at a time, and none at the end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (some.length === 0) return;
    for (const one of some) await walk(one, path, found);
  }
}
