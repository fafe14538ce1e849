import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** A photograph of one person. */
export interface Photo {
  /** Unique among the photos, and the person's id in the collection. */
  readonly name: string;
  read(): Promise<Buffer>;
}

/** Photographs below a folder, in order of their paths; each stands for a person of its own. @throws Error when there are fewer. */
export async function findPhotos(folder: string, count: number): Promise<Photo[]> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => /\.jpe?g$/i.test(name)).sort();
  if (names.length < count) throw new Error(`${folder} has ${names.length} photographs; ${count} are needed`);
  // From all over the folder, so that neighbours are of different people.
  const step = Math.floor(names.length / count);
  return Array.from({ length: count }, (_, i) => {
    const name = names[i * step]!;
    return { name, read: () => readFile(path.join(folder, name)) };
  });
}
