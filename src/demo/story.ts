import path from 'node:path';
import { printable } from '../container/printable';
import type { ApiClient } from './api-client';
import { readImage } from './capped-file';
import { enrol } from './enrolment';
import { DemoError, type DemoImages } from './gallery';
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
  api: ApiClient,
  images: DemoImages,
  pack: string | undefined,
  { say, progress }: StoryTeller,
): Promise<{ report: Report; collectionId: string }> {
  const collection = await openCollection(api, images.collection, pack);
  say(`Enrolling ${images.gallery.length} images with ${collection.pack}`);
  const enrolment = await enrol(api, collection.id, images.gallery, progress);
  await nameTheUnnamed(api, collection.id);
  say(enrolmentTable(images, enrolment));

  for (const { shown, reason } of images.unsearchable) say(printable(`Not searched: ${shown}  ${reason}`));
  const searched: SearchedImage[] = [];
  let answer: SearchAnswer | undefined;
  for (const file of images.probes) {
    try {
      const bytes = readImage(file);
      answer = await search(api, collection.id, bytes);
      searched.push({ file, bytes, findings: findingsOf(answer) });
    } catch (error) {
      say(printable(`Not searched: ${path.basename(file)}  ${(error as Error).message}`));
    }
  }
  if (!answer) throw new DemoError('No image could be searched.');
  const { threshold, gallerySize, estimatedFpir } = answer;
  const report = { title: images.title, pack: collection.pack, threshold, gallerySize, estimatedFpir, searched };
  return { report, collectionId: collection.id };
}

/** The collection of an earlier run, or a new one: its pack is fixed, so another pack has another collection. */
export async function openCollection(api: ApiClient, base: string, pack: string | undefined): Promise<DemoCollection> {
  const name = pack ? `${base}-${pack.replace('@', '-')}` : base;
  const { collection } = await api.request<{ collection: { id: string; modelPackId: string } | null }>(
    'query ($name: String!) { collection(name: $name) { id modelPackId } }',
    { name },
  );
  if (collection) return { id: collection.id, pack: collection.modelPackId };
  const { createCollection: made } = await api.request<{
    createCollection: { collection: { id: string; modelPackId: string } };
  }>(
    `mutation ($name: String!) { createCollection(input: { name: $name, description: "Made by npm run demo" }) {
      collection { id modelPackId } } }`,
    { name },
  );
  return { id: made.collection.id, pack: made.collection.modelPackId };
}

/** Group images were enrolled for nobody: each of their faces becomes a guest, so that a hit can name one. */
export async function nameTheUnnamed(api: ApiClient, collectionId: string): Promise<void> {
  const { faces } = await api.request<{
    faces: { nodes: { id: string; externalImageId: string | null; boundingBox: { left: number } }[] };
  }>(
    `query ($id: ID!) { faces(filter: { collectionId: $id, assigned: false, state: INDEXED }, first: 1000) {
      nodes { id externalImageId boundingBox { left } } } }`,
    { id: collectionId },
  );
  const images = new Set(faces.nodes.map((face) => face.externalImageId ?? ''));
  for (const image of images) {
    const fromLeft = faces.nodes
      .filter((face) => (face.externalImageId ?? '') === image)
      .sort((a, b) => a.boundingBox.left - b.boundingBox.left);
    for (const [index, face] of fromLeft.entries()) {
      const displayName = `${image.replaceAll('-', ' ')}, guest ${index + 1} from the left`;
      const { createPerson } = await api.request<{ createPerson: { person: { id: string } } }>(
        'mutation ($input: CreatePersonInput!) { createPerson(input: $input) { person { id } } }',
        { input: { collectionId, displayName } },
      );
      await api.request('mutation ($input: AssignFacesInput!) { assignFaces(input: $input) { faces { id } } }', {
        input: { faceIds: [face.id], personId: createPerson.person.id },
      });
    }
  }
}

interface SearchAnswer {
  readonly threshold: number;
  readonly gallerySize: number;
  readonly estimatedFpir: number;
  readonly probes: readonly {
    readonly boundingBox: { left: number; top: number; width: number; height: number };
    readonly matches: readonly {
      readonly similarity: number;
      readonly person: { readonly displayName: string } | null;
      readonly face: { readonly cropUrl: string };
    }[];
  }[];
}

/** @throws Error with the API's sentence when the image is refused. */
async function search(api: ApiClient, collectionId: string, bytes: Uint8Array): Promise<SearchAnswer> {
  const [upload] = await api.upload([bytes]);
  if (!upload || !('id' in upload)) throw new DemoError(upload?.refusal ?? 'it was not sent');
  const { searchFaces } = await api.request<{ searchFaces: SearchAnswer }>(
    `query ($collections: [ID!]!, $uploadId: ID!) {
      searchFaces(collectionIds: $collections, image: { uploadId: $uploadId }) {
        threshold gallerySize estimatedFpir
        probes { boundingBox { left top width height } matches { similarity person { displayName } face { cropUrl } } }
      }
    }`,
    { collections: [collectionId], uploadId: upload.id },
  );
  return searchFaces;
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
