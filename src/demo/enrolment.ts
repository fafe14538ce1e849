import { createHash } from 'node:crypto';
import type { ApiClient } from './api-client';
import { readImage } from './capped-file';
import type { GalleryImage, RefusedFile } from './gallery';

/** Images that are read and sent together. */
const UPLOAD_BATCH = 8;
const PAGE = 1_000;
/** Items that one job takes. */
const JOB_ITEMS = 10_000;

export interface Enrolment {
  readonly indexed: readonly GalleryImage[];
  /** Were in the collection before. */
  readonly known: readonly GalleryImage[];
  readonly refused: readonly (RefusedFile & { readonly image: GalleryImage })[];
}

interface Sent {
  readonly image: GalleryImage;
  readonly uploadId: string;
  readonly imageId: string;
}

/**
 * Enrols what the collection does not hold yet. One bad image costs nothing but itself.
 * @param progress is told how many images are done, of how many that were not known.
 */
export async function enrol(
  api: ApiClient,
  collectionId: string,
  gallery: readonly GalleryImage[],
  progress: (done: number, total: number) => void,
): Promise<Enrolment> {
  const there = await knownImages(api, collectionId);
  const known: GalleryImage[] = [];
  const refused: (RefusedFile & { image: GalleryImage })[] = [];
  const refuse = (image: GalleryImage, reason: string): void =>
    void refused.push({ image, shown: image.shown, reason });
  const fresh: { image: GalleryImage; imageId: string }[] = [];
  for (const image of gallery) {
    try {
      const imageId = image.person === null ? image.label : digestOf(readImage(image.file));
      if (there.has(keyOf(imageId, image.person === null ? null : image.label))) known.push(image);
      else fresh.push({ image, imageId });
    } catch (error) {
      refuse(image, (error as Error).message);
    }
  }
  const sent: Sent[] = [];
  for (let from = 0; from < fresh.length; from += UPLOAD_BATCH) {
    const batch: { image: GalleryImage; imageId: string; bytes: Buffer }[] = [];
    for (const one of fresh.slice(from, from + UPLOAD_BATCH)) {
      try {
        batch.push({ ...one, bytes: readImage(one.image.file) });
      } catch (error) {
        refuse(one.image, (error as Error).message);
      }
    }
    if (batch.length === 0) continue;
    const uploads = await api.upload(batch.map(({ bytes }) => bytes));
    for (const [index, upload] of uploads.entries()) {
      const { image, imageId } = batch[index]!;
      if ('id' in upload) sent.push({ image, imageId, uploadId: upload.id });
      else refuse(image, upload.refusal);
    }
  }
  const indexed: GalleryImage[] = [];
  for (let from = 0; from < sent.length; from += JOB_ITEMS) {
    const items = sent.slice(from, from + JOB_ITEMS);
    const reasons = await runJob(api, collectionId, items, (done) => progress(from + done, sent.length));
    for (const [index, { image }] of items.entries()) {
      const reason = reasons.get(index);
      if (reason === undefined) indexed.push(image);
      else refuse(image, reason);
    }
  }
  return { indexed, known, refused };
}

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 32);
const keyOf = (imageId: string, person: string | null): string => JSON.stringify([imageId, person]);

/** What earlier runs enrolled, by image and person. */
async function knownImages(api: ApiClient, collectionId: string): Promise<Set<string>> {
  const known = new Set<string>();
  let after: string | null = null;
  do {
    const { faces }: FacePage = await api.request<FacePage>(
      `query ($id: ID!, $first: Int!, $after: String) {
        faces(filter: { collectionId: $id, state: INDEXED }, first: $first, after: $after) {
          nodes { externalImageId person { externalId } } pageInfo { hasNextPage endCursor } } }`,
      { id: collectionId, first: PAGE, after },
    );
    for (const { externalImageId, person } of faces.nodes) {
      if (externalImageId) known.add(keyOf(externalImageId, person?.externalId ?? null));
    }
    after = faces.pageInfo.hasNextPage ? faces.pageInfo.endCursor : null;
  } while (after !== null);
  return known;
}

interface FacePage {
  readonly faces: {
    readonly nodes: readonly { externalImageId: string | null; person: { externalId: string | null } | null }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
}

/** @returns why items were not indexed, by their place. */
async function runJob(
  api: ApiClient,
  collectionId: string,
  items: readonly Sent[],
  progress: (done: number) => void,
): Promise<Map<number, string>> {
  const { enrollFaces } = await api.request<{ enrollFaces: { job: { id: string } } }>(
    'mutation ($input: EnrollFacesInput!) { enrollFaces(input: $input) { job { id } } }',
    {
      input: {
        collectionId,
        items: items.map(({ image: { person, label }, uploadId, imageId }) => ({
          image: { uploadId },
          externalImageId: imageId,
          ...(person === null ? {} : { person: { create: { displayName: person, externalId: label } } }),
        })),
      },
    },
  );
  const { id } = enrollFaces.job;
  const job = await api.follow(id, (state) => progress(state.progress.done + state.progress.failed));
  if (job.state !== 'SUCCEEDED') throw new Error(`The enrolment ended ${job.state}`);
  return reasonsOf(api, id);
}

interface ItemPage {
  readonly job: {
    readonly items: {
      readonly nodes: readonly {
        readonly ordinal: number;
        readonly error: { readonly code: string; readonly message: string } | null;
        readonly faceRecords: readonly { readonly id: string }[];
        readonly unindexedFaces: readonly { readonly reasons: readonly string[] }[];
      }[];
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    };
  };
}

async function reasonsOf(api: ApiClient, jobId: string): Promise<Map<number, string>> {
  const reasons = new Map<number, string>();
  let after: string | null = null;
  do {
    const { job }: ItemPage = await api.request<ItemPage>(
      `query ($id: ID!, $first: Int!, $after: String) { job(id: $id) { items(first: $first, after: $after) {
        nodes { ordinal error { code message } faceRecords { id } unindexedFaces { reasons } }
        pageInfo { hasNextPage endCursor } } } }`,
      { id: jobId, first: PAGE, after },
    );
    for (const { ordinal, error, faceRecords, unindexedFaces } of job.items.nodes) {
      if (error) reasons.set(ordinal, `${error.code}: ${error.message}`);
      else if (faceRecords.length === 0) reasons.set(ordinal, unindexedFaces.flatMap((one) => one.reasons).join(', '));
    }
    after = job.items.pageInfo.hasNextPage ? job.items.pageInfo.endCursor : null;
  } while (after !== null);
  return reasons;
}
