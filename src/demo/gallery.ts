import path from 'node:path';

/** A sentence for the person at the terminal: the demo cannot go on. */
export class DemoError extends Error {
  override readonly name = 'DemoError';
}

/** An image to enrol. */
export interface GalleryImage {
  /** null: every face of it becomes a person of its own, named by `label`. */
  readonly person: string | null;
  /** Of the person, or of the image that names nobody: stays the same from run to run. */
  readonly label: string;
  readonly file: string;
  /** How it is called in what the demo prints. */
  readonly shown: string;
}

/** A file that cannot be enrolled or searched, and why. */
export interface RefusedFile {
  readonly shown: string;
  readonly reason: string;
}

export interface DemoImages {
  readonly title: string;
  /** Of the collection, so that another run finds what this one enrolled. */
  readonly collection: string;
  readonly gallery: readonly GalleryImage[];
  /** Files that are searched. */
  readonly probes: readonly string[];
  readonly refused: readonly RefusedFile[];
  /** Of the files to search. */
  readonly unsearchable: readonly RefusedFile[];
  /** Files that are no images, by the end of their name: how many. */
  readonly skipped: ReadonlyMap<string, number>;
}

/**
 * The photographs that an npm package carries: six of a party, 21 faces. The woman in the middle of the third is at the
 * right of the first; the two others of the third are in no other.
 */
export function packageImages(): DemoImages {
  const folder = path.join(path.dirname(require.resolve('@vladmandic/face-api/package.json')), 'demo');
  const file = (number: number): string => path.join(folder, `sample${number}.jpg`);
  return {
    title: 'Who in photo 3 is also in photos 1, 2, 4, 5 and 6?',
    collection: 'demo',
    gallery: [1, 2, 4, 5, 6].map((number) => ({
      person: null,
      label: `Photo-${number}`,
      file: file(number),
      shown: `photo ${number}`,
    })),
    probes: [file(3)],
    refused: [],
    unsearchable: [],
    skipped: new Map(),
  };
}
