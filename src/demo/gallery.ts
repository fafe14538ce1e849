import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/** Pictures of one person, or of people nobody has named. */
export interface GalleryEntry {
  /** null: every face of the pictures becomes a person of its own, named by `label`. */
  readonly person: string | null;
  readonly label: string;
  readonly pictures: readonly string[];
}

export interface DemoPictures {
  readonly title: string;
  readonly gallery: readonly GalleryEntry[];
  /** File that is searched. */
  readonly probe: string;
}

const PICTURE = /\.(jpe?g|png|webp)$/i;

/**
 * The photographs that an npm package carries: six of a party, 21 faces. The woman in the middle of the third is at the
 * right of the first; the two others of the third are in no other.
 */
export function packagePictures(): DemoPictures {
  const folder = path.join(path.dirname(require.resolve('@vladmandic/face-api/package.json')), 'demo');
  const file = (number: number): string => path.join(folder, `sample${number}.jpg`);
  return {
    title: 'Who in photo 3 is also in photos 1, 2, 4, 5 and 6?',
    gallery: [1, 2, 4, 5, 6].map((number) => ({ person: null, label: `Photo ${number}`, pictures: [file(number)] })),
    probe: file(3),
  };
}

/**
 * `DIR/<person>/*.jpg`. A group photo among them is told and not taken: whose face is theirs is not known.
 *
 * @throws Error with a sentence for the person at the terminal.
 */
export function folderPictures(people: string, probe: string): DemoPictures {
  if (!existsSync(people) || !statSync(people).isDirectory()) throw new Error(`--people ${people} is not a folder.`);
  if (!existsSync(probe) || !statSync(probe).isFile()) throw new Error(`--probe ${probe} is not a file.`);
  const gallery = readdirSync(people, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => ({
      person: entry.name.replaceAll('_', ' '),
      label: entry.name,
      pictures: readdirSync(path.join(people, entry.name))
        .filter((name) => PICTURE.test(name))
        .sort()
        .map((name) => path.join(people, entry.name, name)),
    }))
    .filter((entry) => entry.pictures.length > 0);
  if (gallery.length === 0) {
    throw new Error(`--people ${people} holds no pictures: it wants DIR/<person>/*.jpg (or .png, .webp).`);
  }
  return { title: `Who is in ${path.basename(probe)}?`, gallery, probe };
}

export function readPictures(files: readonly string[]): Buffer[] {
  return files.map((file) => readFileSync(file));
}
