import {
  FacesOfImageDocument,
  ImagesWithFacesDocument,
  PersonsDocument,
  type ImagesWithFacesQuery,
  type LikenessClient,
  type PlacedFaceFieldsFragment,
} from '@likeness/client';
import { CommandError } from '../exit-codes.ts';
import { VERSION, type ExportedFace, type ExportedImage, type Header, type Line } from './format.ts';

type Image = ImagesWithFacesQuery['images']['nodes'][number];

/** A page of images with the first faces of each: well below what an operation may cost. */
const IMAGES = 20;
const FACES = 200;
const PERSONS = 500;

export interface LinesOptions {
  readonly signal: AbortSignal;
  /** Makes the file of an image. @returns its name, relative to the folder of the export; null where files are not wanted. */
  readonly saveImage: (image: Image, faces: readonly PlacedFaceFieldsFragment[]) => Promise<string | null>;
  /** Whether files are wanted at all. */
  readonly hasImages: boolean;
  /** Images whose files are made at once. */
  readonly parallel: number;
}

/**
 * A collection as lines: the header, images with their faces, persons, the end. No vectors.
 * @throws CommandError when persons of faces go meanwhile; LikenessError.
 */
export async function* linesOf(
  likeness: LikenessClient,
  collection: Header['collection'],
  { signal, saveImage, hasImages, parallel }: LinesOptions,
): AsyncGenerator<Line, void, undefined> {
  const { id: collectionId } = collection;
  yield { likenessExport: VERSION, exportedAt: new Date().toISOString(), collection, images: hasImages };
  const counts = { persons: 0, images: 0, faces: 0 };
  const named = new Set<string>();
  const variables = { collectionId, first: IMAGES, faces: FACES };
  const rows = likeness.rows(ImagesWithFacesDocument, variables, ({ images }) => images, { signal });
  for await (const batch of inBatches(rows, parallel)) {
    for (const image of (await Promise.all(batch.map((one) => imagesOf(likeness, one, saveImage, signal)))).flat()) {
      counts.images += 1;
      counts.faces += image.faces.length;
      for (const { person } of image.faces) if (person !== null) named.add(person);
      yield { image };
    }
  }
  // After the images: whoever was made for one of these is among them.
  for await (const person of likeness.rows(
    PersonsDocument,
    { collectionId, first: PERSONS },
    ({ persons }) => persons,
    {
      signal,
    },
  )) {
    counts.persons += 1;
    named.delete(person.id);
    const { id, displayName, externalId, metadata, aliases, bornOn, diedOn } = person;
    yield { person: { id, displayName, externalId, metadata, aliases, bornOn, diedOn } };
  }
  if (named.size > 0) {
    throw new CommandError(`${named.size} persons were deleted while the collection was exported. Export it again.`);
  }
  yield { end: counts };
}

/** An image as it is told: once for each external id that its faces have, and not at all without an indexed face. */
async function imagesOf(
  likeness: LikenessClient,
  image: Image,
  saveImage: LinesOptions['saveImage'],
  signal: AbortSignal,
): Promise<ExportedImage[]> {
  const faces = (await facesOf(likeness, image, signal)).filter(({ state }) => state !== 'UNINDEXED');
  if (faces.length === 0) return [];
  const file = await saveImage(image, faces);
  const { id, sha256, mime, width, height, bytes, takenAt } = image;
  const facts = { id, sha256, mime, width, height, bytes, takenAt: takenAt ?? null };
  const externalIds = [...new Set(faces.map(({ externalImageId }) => externalImageId ?? null))];
  return externalIds.map((externalImageId) => ({
    ...facts,
    externalImageId,
    file,
    faces: faces.filter((face) => (face.externalImageId ?? null) === externalImageId).map(exportedFaceOf),
  }));
}

function exportedFaceOf({
  boundingBox: { left, top, width, height },
  landmarks,
  confidence,
  person,
  hiddenAs,
}: PlacedFaceFieldsFragment): ExportedFace {
  const boundingBox = { left, top, width, height };
  return { boundingBox, landmarks, confidence, person: person?.id ?? null, hiddenAs: hiddenAs ?? null };
}

async function facesOf(
  likeness: LikenessClient,
  { id, faces: { nodes, pageInfo } }: Image,
  signal: AbortSignal,
): Promise<readonly PlacedFaceFieldsFragment[]> {
  if (!pageInfo.hasNextPage) return nodes;
  const variables = { id, first: FACES, after: pageInfo.endCursor };
  const faces = [...nodes];
  for await (const face of likeness.rows(FacesOfImageDocument, variables, ({ image }) => image?.faces, { signal })) {
    faces.push(face);
  }
  return faces;
}

async function* inBatches<T>(rows: AsyncIterable<T>, size: number): AsyncGenerator<T[], void, undefined> {
  let batch: T[] = [];
  for await (const row of rows) {
    batch.push(row);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
