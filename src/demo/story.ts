import {
  AssignFacesDocument,
  CollectionDocument,
  CreateCollectionDocument,
  CreatePersonDocument,
  FacesDocument,
  SearchFacesDocument,
  type LikenessClient,
  type SearchFacesQuery,
} from '@likeness/client';
import path from 'node:path';
import { printable } from '../container/printable';
import { readImage } from './capped-file';
import { enrol } from './enrolment';
import { DemoError, type DemoImages } from './gallery';
import { sentenceOf } from './refusal';
import { enrolmentTable, type Finding, type SearchedImage, type Report } from './report';

export interface DemoCollection {
  readonly id: string;
  readonly pack: string;
}

export interface StoryTeller {
  readonly say: (line: string) => void;
  readonly progress: (done: number, total: number) => void;
}

/** What an integrator would do: make a collection, enrol images, name who is in them, search others. */
export async function tellStory(
  likeness: LikenessClient,
  images: DemoImages,
  pack: string | undefined,
  { say, progress }: StoryTeller,
): Promise<{ report: Report; collectionId: string }> {
  const collection = await openCollection(likeness, images.collection, pack);
  say(`Enrolling ${images.gallery.length} images with ${collection.pack}`);
  const enrolment = await enrol(likeness, collection.id, images.gallery, progress);
  await nameTheUnnamed(likeness, collection.id);
  say(enrolmentTable(images, enrolment));

  for (const { shown, reason } of images.unsearchable) say(printable(`Not searched: ${shown}  ${reason}`));
  const searched: SearchedImage[] = [];
  let answer: SearchAnswer | undefined;
  for (const file of images.probes) {
    try {
      const bytes = readImage(file);
      answer = await search(likeness, collection.id, bytes);
      searched.push({ file, bytes, findings: findingsOf(answer) });
    } catch (error) {
      say(printable(`Not searched: ${path.basename(file)}  ${sentenceOf(error)}`));
    }
  }
  if (!answer) throw new DemoError('No image could be searched.');
  const { threshold, gallerySize, estimatedFpir } = answer;
  const report = { title: images.title, pack: collection.pack, threshold, gallerySize, estimatedFpir, searched };
  return { report, collectionId: collection.id };
}

/** The collection of an earlier run, or a new one: its pack is fixed, so another pack has another collection. */
export async function openCollection(
  likeness: LikenessClient,
  base: string,
  pack: string | undefined,
): Promise<DemoCollection> {
  const name = pack ? `${base}-${pack.replace('@', '-')}` : base;
  const { collection } = await likeness.request(CollectionDocument, { name });
  if (collection) return { id: collection.id, pack: collection.modelPackId };
  const input = { name, description: 'Made by npm run demo' };
  const { createCollection: made } = await likeness.request(CreateCollectionDocument, { input });
  return { id: made.collection.id, pack: made.collection.modelPackId };
}

/** Group images were enrolled for nobody: each of their faces becomes a guest, so that a hit can name one. */
export async function nameTheUnnamed(likeness: LikenessClient, collectionId: string): Promise<void> {
  const filter = { collectionId, assigned: false, state: 'INDEXED' } as const;
  const { faces } = await likeness.request(FacesDocument, { filter, first: 1_000 });
  const images = new Set(faces.nodes.map((face) => face.externalImageId ?? ''));
  for (const image of images) {
    const fromLeft = faces.nodes
      .filter((face) => (face.externalImageId ?? '') === image)
      .sort((a, b) => a.boundingBox.left - b.boundingBox.left);
    for (const [index, face] of fromLeft.entries()) {
      const displayName = `${image.replaceAll('-', ' ')}, guest ${index + 1} from the left`;
      const { createPerson } = await likeness.request(CreatePersonDocument, { input: { collectionId, displayName } });
      const input = { faceIds: [face.id], personId: createPerson.person.id };
      await likeness.request(AssignFacesDocument, { input });
    }
  }
}

type SearchAnswer = SearchFacesQuery['searchFaces'];

/** @throws LikenessError when the image is refused. */
async function search(likeness: LikenessClient, collectionId: string, bytes: Uint8Array): Promise<SearchAnswer> {
  const image = { uploadId: await likeness.uploadFile(bytes) };
  return (await likeness.request(SearchFacesDocument, { collectionIds: [collectionId], image })).searchFaces;
}

/** From left to right, each with the best match. */
function findingsOf(answer: SearchAnswer): Finding[] {
  return [...answer.probes]
    .sort((a, b) => a.boundingBox.left - b.boundingBox.left)
    .map(({ boundingBox, matches: [best] }, index) => ({
      number: index + 1,
      boundingBox,
      match: best
        ? {
            name: best.person?.displayName ?? 'a face nobody has named',
            similarity: best.similarity,
            cropUrl: best.face.cropUrl,
          }
        : null,
    }));
}
