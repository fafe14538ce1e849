import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** Two images by their path below the images folder, and whether they show the same person. */
export interface LabelledPair {
  readonly first: string;
  readonly second: string;
  readonly same: boolean;
}

/** A pair file in LFW's format. */
export interface PairFile {
  /** One set, or the ten of View 2. */
  readonly folds: readonly (readonly LabelledPair[])[];
  readonly pairs: readonly LabelledPair[];
  readonly people: readonly string[];
  readonly images: readonly string[];
}

const imageOf = (name: string, number: string): string => `${name}/${name}_${number.padStart(4, '0')}.jpg`;

export const personOf = (image: string): string => image.slice(0, image.indexOf('/'));

/**
 * Reads `name n1 n2` (same person) and `name1 n1 name2 n2` (different) lines after a first line that counts them: `N` for one
 * set of N pairs of each kind, `F N` for F such sets.
 *
 * @param onlyFolds numbers from 1 of the folds to keep. @default all
 * @throws Error when there is no such file, a line is neither, the count is off or a fold is not there.
 */
export async function readPairFile(file: string, onlyFolds?: readonly number[]): Promise<PairFile> {
  const [header, ...lines] = (await readFile(file, 'utf8')).split(/\r?\n/).filter((line) => line.trim() !== '');
  const counts = (header ?? '').trim().split(/\s+/).map(Number);
  if (counts.length > 2 || !counts.every((count) => Number.isInteger(count) && count > 0)) {
    throw new Error(`${file}: the first line must say how many pairs of each kind there are (N, or FOLDS N)`);
  }
  const foldCount = counts.length === 2 ? counts[0]! : 1;
  const perKind = counts[counts.length - 1]!;
  const pairs = lines.map((line, i): LabelledPair => {
    const parts = line.trim().split(/\s+/);
    if (parts.length === 3) {
      return { first: imageOf(parts[0]!, parts[1]!), second: imageOf(parts[0]!, parts[2]!), same: true };
    }
    if (parts.length === 4) {
      return { first: imageOf(parts[0]!, parts[1]!), second: imageOf(parts[2]!, parts[3]!), same: false };
    }
    throw new Error(`${file}: line ${i + 2} is no pair`);
  });
  if (pairs.length !== foldCount * perKind * 2) {
    throw new Error(`${file} promises ${foldCount * perKind * 2} pairs and has ${pairs.length}`);
  }
  const all = Array.from({ length: foldCount }, (_, i) => pairs.slice(i * perKind * 2, (i + 1) * perKind * 2));
  const folds = (onlyFolds ?? all.map((_, i) => i + 1)).map((number) => {
    const fold = all[number - 1];
    if (fold === undefined) throw new Error(`${file} has no fold ${number}`);
    return fold;
  });
  const kept = folds.flat();
  const images = [...new Set(kept.flatMap(({ first, second }) => [first, second]))];
  return { folds, pairs: kept, people: [...new Set(images.map(personOf))].sort(), images };
}

/**
 * The same pairs with the names that their images have in `folder`, whatever their ending.
 *
 * @throws Error naming the images that are not there.
 */
export async function findPairImages(folder: string, pairFile: PairFile, file: string): Promise<PairFile> {
  const stem = (image: string): string => image.slice(0, image.lastIndexOf('.'));
  const names = new Map<string, string>();
  for (const person of pairFile.people) {
    const there = await listImages(folder, [person]).catch(() => []);
    for (const image of there) names.set(stem(image), image);
  }
  const missing = pairFile.images.filter((image) => !names.has(stem(image)));
  if (missing.length > 0) {
    const shown = missing.slice(0, 3).join(', ') + (missing.length > 3 ? ` and ${missing.length - 3} more` : '');
    throw new Error(`${file} names ${missing.length} images that ${folder} does not have: ${shown}`);
  }
  const renamed = ({ first, second, same }: LabelledPair): LabelledPair => ({
    first: names.get(stem(first))!,
    second: names.get(stem(second))!,
    same,
  });
  return {
    ...pairFile,
    folds: pairFile.folds.map((fold) => fold.map(renamed)),
    pairs: pairFile.pairs.map(renamed),
    images: pairFile.images.map((image) => names.get(stem(image))!),
  };
}

/** The folders of a set laid out as LFW, in byte order. */
export async function listPeople(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** Every image of the named people, by path below `folder`, in order. */
export async function listImages(folder: string, people: readonly string[]): Promise<string[]> {
  const images: string[] = [];
  for (const person of people) {
    const files = await readdir(path.join(folder, person));
    images.push(
      ...files
        .filter((name) => /\.(jpe?g|png|webp)$/i.test(name))
        .sort()
        .map((name) => `${person}/${name}`),
    );
  }
  return images;
}

/** The first `limit` images below a folder, in order; from the start again when there are fewer. */
export async function findImages(folder: string, limit: number): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true });
  const images = entries.filter((name) => /\.(jpe?g|png|webp)$/i.test(name)).sort();
  if (images.length === 0) throw new Error(`No image in ${folder}`);
  return Array.from({ length: limit }, (_, i) => path.join(folder, images[i % images.length]!));
}
