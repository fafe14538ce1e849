import { FacesDocument, type EnrollFile, type EnrollOutcome, type LikenessClient } from '@likeness/client';
import { createHash } from 'node:crypto';
import { readImage } from './capped-file';
import type { GalleryImage, RefusedFile } from './gallery';
import { sentenceOf } from './refusal';

/** Faces that are asked for at once. */
const PAGE = 1_000;

export interface Enrolment {
  readonly indexed: readonly GalleryImage[];
  /** Were in the collection before. */
  readonly known: readonly GalleryImage[];
  readonly refused: readonly (RefusedFile & { readonly image: GalleryImage })[];
}

/**
 * Enrols what the collection does not hold yet. One bad image costs nothing but itself.
 * @param progress is told how many images are done, of how many that were not known.
 */
export async function enrol(
  likeness: LikenessClient,
  collectionId: string,
  gallery: readonly GalleryImage[],
  progress: (done: number, total: number) => void,
): Promise<Enrolment> {
  const there = await knownImages(likeness, collectionId);
  const known: GalleryImage[] = [];
  const refused: (RefusedFile & { image: GalleryImage })[] = [];
  const refuse = (image: GalleryImage, reason: string): void =>
    void refused.push({ image, shown: image.shown, reason });
  const fresh: { image: GalleryImage; file: EnrollFile }[] = [];
  for (const image of gallery) {
    try {
      const imageId = image.person === null ? image.label : digestOf(readImage(image.file));
      if (there.has(keyOf(imageId, image.person === null ? null : image.label))) known.push(image);
      else fresh.push({ image, file: fileOf(image, imageId) });
    } catch (error) {
      refuse(image, (error as Error).message);
    }
  }
  const indexed: GalleryImage[] = [];
  const files = fresh.map(({ file }) => file);
  const outcomes = await likeness.enrollFiles(
    { collectionId, files },
    {
      onProgress: (now) => {
        const done = now.indexed + now.unindexed + now.failed;
        if (done > 0) progress(done, now.total);
      },
    },
  );
  for (const [index, { image }] of fresh.entries()) {
    const reason = whyNot(outcomes[index]!);
    if (reason === null) indexed.push(image);
    else refuse(image, reason);
  }
  return { indexed, known, refused };
}

function fileOf({ file, person, label }: GalleryImage, externalImageId: string): EnrollFile {
  return {
    source: async () => readImage(file),
    externalImageId,
    ...(person === null ? {} : { person: { create: { displayName: person, externalId: label } } }),
  };
}

/** Why an image was not indexed; null: it was. */
function whyNot(outcome: EnrollOutcome): string | null {
  switch (outcome.state) {
    case 'INDEXED':
      return null;
    case 'UNINDEXED':
      return outcome.unindexedFaces.flatMap(({ reasons }) => reasons).join(', ');
    case 'FAILED':
      return sentenceOf(outcome.error);
    case 'CANCELLED':
      return 'its job was cancelled';
  }
}

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 32);
const keyOf = (imageId: string, person: string | null): string => JSON.stringify([imageId, person]);

/** What earlier runs enrolled, by image and person. */
async function knownImages(likeness: LikenessClient, collectionId: string): Promise<Set<string>> {
  const known = new Set<string>();
  const variables = { filter: { collectionId, state: 'INDEXED' }, first: PAGE } as const;
  for await (const face of likeness.rows(FacesDocument, variables, ({ faces }) => faces)) {
    if (face.externalImageId) known.add(keyOf(face.externalImageId, face.person?.externalId ?? null));
  }
  return known;
}
