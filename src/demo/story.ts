import path from 'node:path';
import type { ApiClient } from './api-client';
import { readPictures, type DemoPictures, type GalleryEntry } from './gallery';
import type { Report } from './report';

const UPLOAD_BATCH = 50;

interface DemoCollection {
  readonly id: string;
  readonly pack: string;
}

/** What an integrator would do: make a collection, enrol pictures, name who is in them, search a photo. */
export async function tellStory(
  api: ApiClient,
  pictures: DemoPictures,
  say: (line: string) => void,
  progress: (done: number, total: number) => void,
): Promise<{ report: Report; collectionId: string; probe: Buffer }> {
  const collection = await createCollection(api);
  const items = pictures.gallery.flatMap((entry) => entry.pictures.map((file) => ({ entry, file })));
  say(`Enrolling ${items.length} pictures with ${collection.pack}`);
  const jobId = await enroll(api, collection.id, items);
  const job = await api.follow(jobId, (state) => progress(state.progress.done + state.progress.failed, items.length));
  if (job.state !== 'SUCCEEDED') throw new Error(`The enrolment ended ${job.state}`);
  for (const failure of await failuresOf(api, jobId)) {
    say(`  ${path.basename(items[failure.ordinal]!.file)} was not enrolled: ${failure.message}`);
  }
  await nameTheUnnamed(api, collection.id);

  const [probe] = readPictures([pictures.probe]);
  return { report: await search(api, collection, pictures, probe!), collectionId: collection.id, probe: probe! };
}

async function createCollection(api: ApiClient): Promise<DemoCollection> {
  const { createCollection: made } = await api.request<{
    createCollection: { collection: { id: string; modelPackId: string } };
  }>(
    'mutation { createCollection(input: { name: "demo", description: "Made by npm run demo" }) { collection { id modelPackId } } }',
  );
  return { id: made.collection.id, pack: made.collection.modelPackId };
}

async function enroll(
  api: ApiClient,
  collectionId: string,
  items: readonly { readonly entry: GalleryEntry; readonly file: string }[],
): Promise<string> {
  const inputs = [];
  for (let from = 0; from < items.length; from += UPLOAD_BATCH) {
    const batch = items.slice(from, from + UPLOAD_BATCH);
    const uploadIds = await api.upload(readPictures(batch.map((item) => item.file)));
    inputs.push(
      ...batch.map(({ entry }, index) => ({
        image: { uploadId: uploadIds[index] },
        ...(entry.person === null
          ? { externalImageId: entry.label.replaceAll(' ', '-') }
          : { person: { create: { displayName: entry.person, externalId: entry.label } } }),
      })),
    );
  }
  const { enrollFaces } = await api.request<{ enrollFaces: { job: { id: string } } }>(
    'mutation ($input: EnrollFacesInput!) { enrollFaces(input: $input) { job { id } } }',
    { input: { collectionId, items: inputs } },
  );
  return enrollFaces.job.id;
}

async function failuresOf(api: ApiClient, jobId: string): Promise<{ ordinal: number; message: string }[]> {
  const { job } = await api.request<{
    job: { items: { nodes: { ordinal: number; error: { message: string } }[] } };
  }>(
    'query ($id: ID!) { job(id: $id) { items(state: FAILED, first: 1000) { nodes { ordinal error { code message } } } } }',
    { id: jobId },
  );
  return job.items.nodes.map(({ ordinal, error }) => ({ ordinal, message: error.message }));
}

/** Group pictures were enrolled for nobody: each of their faces becomes a guest, so that a hit can name one. */
async function nameTheUnnamed(api: ApiClient, collectionId: string): Promise<void> {
  const { faces } = await api.request<{
    faces: { nodes: { id: string; externalImageId: string | null; boundingBox: { left: number } }[] };
  }>(
    `query ($id: ID!) { faces(collectionId: $id, assigned: false, state: INDEXED, first: 1000) {
      nodes { id externalImageId boundingBox { left } } } }`,
    { id: collectionId },
  );
  const pictures = new Set(faces.nodes.map((face) => face.externalImageId ?? ''));
  for (const picture of pictures) {
    const fromLeft = faces.nodes
      .filter((face) => (face.externalImageId ?? '') === picture)
      .sort((a, b) => a.boundingBox.left - b.boundingBox.left);
    for (const [index, face] of fromLeft.entries()) {
      const displayName = `${picture.replaceAll('-', ' ')}, guest ${index + 1} from the left`;
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

async function search(
  api: ApiClient,
  collection: DemoCollection,
  pictures: DemoPictures,
  probe: Buffer,
): Promise<Report> {
  const [uploadId] = await api.upload([probe]);
  const { searchFaces: answer } = await api.request<{
    searchFaces: {
      threshold: number;
      gallerySize: number;
      estimatedFpir: number;
      probes: {
        boundingBox: { left: number; top: number; width: number; height: number };
        matches: { similarity: number; person: { displayName: string } | null; face: { cropUrl: string } }[];
      }[];
    };
  }>(
    `query ($collections: [ID!]!, $uploadId: ID!) {
      searchFaces(collectionIds: $collections, image: { uploadId: $uploadId }) {
        threshold gallerySize estimatedFpir
        probes { boundingBox { left top width height } matches { similarity person { displayName } face { cropUrl } } }
      }
    }`,
    { collections: [collection.id], uploadId },
  );
  return {
    title: pictures.title,
    pack: collection.pack,
    threshold: answer.threshold,
    gallerySize: answer.gallerySize,
    estimatedFpir: answer.estimatedFpir,
    findings: [...answer.probes]
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
      })),
  };
}
