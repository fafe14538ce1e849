import { CreateCollectionDocument, CreatePersonDocument, CreateTenantDocument, type JobEvent } from '@likeness/client';
import { createHash, randomUUID } from 'node:crypto';
import { ApiClient, type Data } from '../fixtures/client';

export interface CreatedUpload {
  readonly id: string;
  readonly url: string;
  readonly headers: Record<string, string>;
}

export interface EnrollItem {
  readonly image: { readonly uploadId?: string; readonly url?: string; readonly base64?: string };
  readonly person?: Data;
  readonly onAmbiguous?: 'REFUSE' | 'LARGEST';
  readonly externalImageId?: string;
}

const CREATE_UPLOADS = `mutation ($input: CreateUploadsInput!) { createUploads(input: $input) { uploads { id url headers } } }`;
const ENROLL = `mutation ($input: EnrollFacesInput!) { enrollFaces(input: $input) { job { id state } } }`;
const JOB = `query ($id: ID!, $first: Int!) {
  job(id: $id) {
    id state kind progress { done failed total } error { code message }
    items(first: $first) {
      nodes {
        id ordinal state externalImageId duplicate image { id url } error { code message details }
        faceRecords { id state boundingBox { left top width height } person { id externalId displayName } cropUrl }
        unindexedFaces { reasons face { id state reasons boundingBox { left top width height } person { id } } }
      }
    }
  }
}`;
export const SEARCH = `query (
  $collectionIds: [ID!]!, $image: ImageInput, $images: [ImageInput!], $faceId: ID, $personId: ID, $threshold: Float,
  $filter: PersonFilterInput, $limit: Int! = 10
) {
  searchFaces(
    collectionIds: $collectionIds, image: $image, images: $images, faceId: $faceId, personId: $personId,
    threshold: $threshold, filter: $filter, limit: $limit
  ) {
    threshold thresholdSource gallerySize estimatedFpir
    probes {
      boundingBox { left top width height }
      matches { similarity distance person { id displayName externalId } face { id } supportingFaces { face { id } } }
    }
  }
}`;
const DETECT = `query ($image: ImageInput!) {
  detectFaces(image: $image) { width height faces { boundingBox { left top width height } confidence } }
}`;

/** A tenant of its own for a test, with its first key. */
export async function createTenant(operator: ApiClient, name = 'Tenant of a test'): Promise<TestTenant> {
  const { createTenant: made } = await operator.likeness.request(CreateTenantDocument, { input: { name } });
  return new TestTenant(made.tenant.id, new ApiClient(operator.url, made.secret));
}

/** What a tenant's program does with the API. */
export class TestTenant {
  constructor(
    readonly id: string,
    readonly api: ApiClient,
  ) {}

  /** The same tenant with another key, or at another address after a restart. */
  at(url: string, key = this.api.key): TestTenant {
    return new TestTenant(this.id, new ApiClient(url, key));
  }

  async createCollection(input: Data = {}): Promise<string> {
    const answer = await this.api.likeness.request(CreateCollectionDocument, {
      input: { name: `c-${randomUUID()}`, ...input },
    });
    return answer.createCollection.collection.id;
  }

  async createPerson(collectionId: string, displayName = 'Somebody', more: Data = {}): Promise<string> {
    const answer = await this.api.likeness.request(CreatePersonDocument, {
      input: { collectionId, displayName, ...more },
    });
    return answer.createPerson.person.id;
  }

  async createUploads(files: readonly { bytes: number; mime: string; sha256?: string }[]): Promise<CreatedUpload[]> {
    return (await this.api.call(CREATE_UPLOADS, { input: { files } })).createUploads.uploads;
  }

  /** Sends images to addresses made for them. @returns the uploads' ids. */
  async uploadAll(images: readonly Buffer[], mime = 'image/jpeg'): Promise<string[]> {
    const uploads = await this.createUploads(
      images.map((bytes) => ({
        bytes: bytes.length,
        mime,
        sha256: createHash('sha256').update(bytes).digest('hex'),
      })),
    );
    for (const [index, upload] of uploads.entries()) {
      const { status, text } = await send(upload, images[index]!);
      if (status !== 201) throw new Error(`The upload was refused with ${status}: ${text}`);
    }
    return uploads.map((upload) => upload.id);
  }

  async upload(image: Buffer, mime = 'image/jpeg'): Promise<string> {
    return (await this.uploadAll([image], mime))[0]!;
  }

  /** @returns the job's id, as soon as it is accepted. */
  async beginEnrollment(collectionId: string, items: readonly EnrollItem[], more: Data = {}): Promise<string> {
    const answer = await this.api.call(ENROLL, { input: { collectionId, items, ...more } });
    return answer.enrollFaces.job.id;
  }

  /** Events of a job until it has finished. */
  followJob(jobId: string, after?: string): AsyncIterableIterator<JobEvent> {
    return this.api.likeness.followJob(jobId, { after });
  }

  /** Waits by subscription. @returns the job with up to 1,000 items. */
  async finishJob(jobId: string): Promise<Data> {
    await this.api.likeness.waitForJob(jobId);
    return this.job(jobId);
  }

  async job(id: string): Promise<Data> {
    return (await this.api.call(JOB, { id, first: 1_000 })).job;
  }

  async enroll(collectionId: string, items: readonly EnrollItem[], more: Data = {}): Promise<Data> {
    return this.finishJob(await this.beginEnrollment(collectionId, items, more));
  }

  /** One portrait for a person who is made with it. @returns the ids of the person and of the face. */
  async enrollPerson(collectionId: string, portrait: Buffer, displayName: string) {
    const image = { uploadId: await this.upload(portrait) };
    const job = await this.enroll(collectionId, [{ image, person: { create: { displayName } } }]);
    const face = job.items.nodes[0].faceRecords[0];
    if (!face) throw new Error(`No face was enrolled: ${JSON.stringify(job)}`);
    return { jobId: job.id as string, personId: face.person.id as string, faceId: face.id as string };
  }

  async search(collectionIds: readonly string[], image: EnrollItem['image'], more: Data = {}): Promise<Data> {
    return (await this.api.call(SEARCH, { collectionIds, image, ...more })).searchFaces;
  }

  async detect(image: Buffer): Promise<Data> {
    return (await this.api.call(DETECT, { image: { base64: image.toString('base64') } })).detectFaces;
  }
}

/** PUTs bytes to an upload's address. */
export async function send(
  upload: { readonly url: string; readonly headers: Record<string, string> },
  bytes: Uint8Array,
): Promise<{ status: number; text: string }> {
  const response = await fetch(upload.url, { method: 'PUT', headers: upload.headers, body: new Uint8Array(bytes) });
  return { status: response.status, text: await response.text() };
}
