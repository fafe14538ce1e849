import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { LabelledPair } from './labelled-faces';

/** Pairs of videos, which are folders of frames below one folder: `<name>/<number>`. */
export type VideoPair = LabelledPair;

/**
 * Reads lines of `fold, first video, second video, ..., same`, separated by commas: fold counts from 1, the last field is 1 where both show the same
 * person and 0 where they do not, and what stands between is left out, as in YouTube Faces' splits.txt. A first line that begins with no number is a heading.
 *
 * @returns the folds.
 * @throws Error when a line is no pair.
 */
export async function readVideoPairs(file: string): Promise<VideoPair[][]> {
  const lines = (await readFile(file, 'utf8')).split(/\r?\n/).map((line) => line.split(',').map((one) => one.trim()));
  const folds = new Map<string, VideoPair[]>();
  lines.forEach((fields, i) => {
    if (fields.length === 1 && fields[0] === '') return;
    const [fold = '', first = '', second = ''] = fields;
    if (i === 0 && !/^\d+$/.test(fold)) return;
    const same = fields.at(-1);
    if (fields.length < 4 || !/^\d+$/.test(fold) || !first || !second || (same !== '0' && same !== '1')) {
      throw new Error(`${file}: line ${i + 1} is no pair of videos`);
    }
    folds.set(fold, [...(folds.get(fold) ?? []), { first, second, same: same === '1' }]);
  });
  if (folds.size === 0) throw new Error(`${file} has no pairs`);
  return [...folds.values()];
}

const byNumber = new Intl.Collator('en', { numeric: true });

/**
 * The frames of each video by their path below `folder`, spread evenly over it where it has more than `most`.
 *
 * @throws Error naming the videos without frames.
 */
export async function listFrames(
  folder: string,
  videos: readonly string[],
  most: number,
): Promise<ReadonlyMap<string, string[]>> {
  const frames = new Map<string, string[]>();
  for (const video of videos) {
    const names = await readdir(path.join(folder, video)).catch(() => []);
    const all = names.filter((name) => /\.(jpe?g|png|webp)$/i.test(name)).sort(byNumber.compare);
    const taken = Math.min(most, all.length);
    const spread = Array.from({ length: taken }, (_, i) => all[Math.floor((i * all.length) / taken)]!);
    frames.set(
      video,
      spread.map((name) => `${video}/${name}`),
    );
  }
  const empty = videos.filter((video) => frames.get(video)!.length === 0);
  if (empty.length > 0) {
    const shown = empty.slice(0, 3).join(', ') + (empty.length > 3 ? ` and ${empty.length - 3} more` : '');
    throw new Error(`${folder} has no frames of ${empty.length} videos that are named: ${shown}`);
  }
  return frames;
}
