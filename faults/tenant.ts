import {
  createClient,
  CreateCollectionDocument,
  CreateTenantDocument,
  DeletePersonsDocument,
  EnrollFacesDocument,
  JobItemsDocument,
  SearchFacesDocument,
  type JobItemsQuery,
  type LikenessClient,
} from '@likeness/client';
import { randomUUID } from 'node:crypto';
import type { Answers } from './answers';
import type { Photo } from './photos';

/** How long a caller waits for one answer before it takes the server for dead. */
const TIMEOUT_MS = 60_000;

export type JobItem = NonNullable<JobItemsQuery['job']>['items']['nodes'][number];

export interface Reached {
  readonly urls: readonly string[];
  readonly answers: Answers;
}

/** What a tenant's program does, at all APIs in turns, insisting. */
export class Tenant {
  private readonly clients: readonly LikenessClient[];
  private turn = 0;

  private constructor(
    readonly id: string,
    key: string,
    { urls, answers }: Reached,
  ) {
    this.clients = urls.map((url) => clientOf(url, key));
    this.answers = answers;
  }

  readonly answers: Answers;

  static async create(name: string, operatorKey: string, reached: Reached): Promise<Tenant> {
    const operator = clientOf(reached.urls[0]!, operatorKey);
    const { createTenant } = await operator.request(CreateTenantDocument, { input: { name } });
    return new Tenant(createTenant.tenant.id, createTenant.secret, reached);
  }

  /** A client of each API. */
  get all(): readonly LikenessClient[] {
    return this.clients;
  }

  /** That of the next API. */
  next(): LikenessClient {
    this.turn += 1;
    return this.clients[this.turn % this.clients.length]!;
  }

  async createCollection(name: string): Promise<string> {
    const input = { name, qualityFilter: 'NONE' as const };
    return (await this.next().request(CreateCollectionDocument, { input })).createCollection.collection.id;
  }

  /** Sends photographs and enrols each for a person of its name. @returns the id of the job that has accepted them. */
  async enroll(collectionId: string, photos: readonly Photo[]): Promise<string> {
    const uploadIds = await Promise.all(
      photos.map((photo) => this.answers.insist('upload', async () => this.next().uploadFile(await photo.read()))),
    );
    const items = photos.map(({ name }, index) => ({
      image: { uploadId: uploadIds[index]! },
      person: { create: { displayName: name, externalId: name } },
      onAmbiguous: 'LARGEST' as const,
    }));
    // By it the server knows the request again when its answer was lost.
    const input = { collectionId, items, qualityFilter: 'NONE' as const, clientRequestToken: randomUUID() };
    const accept = () => this.next().request(EnrollFacesDocument, { input });
    return (await this.answers.insist('enroll', accept)).enrollFaces.job.id;
  }

  /** Waits for a job's end. @returns its items. */
  async finish(jobId: string): Promise<JobItem[]> {
    await this.answers.insist('follow', () => this.next().waitForJob(jobId), Infinity);
    return this.answers.insist('items', async () => {
      const items: JobItem[] = [];
      const rows = this.next().rows(JobItemsDocument, { jobId, first: 100 }, ({ job }) => job?.items);
      for await (const item of rows) items.push(item);
      return items;
    });
  }

  /** @returns the job that removes what is left of them; null where there is nothing left to remove. */
  async deletePersons(personIds: readonly string[]): Promise<string | null> {
    const remove = () => this.next().request(DeletePersonsDocument, { input: { personIds: [...personIds] } });
    return (await this.answers.insist('delete', remove)).deletePersons.jobId ?? null;
  }

  /** @returns external ids of the persons that the photograph's largest face is found as. */
  async search(collectionId: string, photo: Photo): Promise<string[]> {
    const found = await this.answers.insist('search', () => searchOnce(this.next(), collectionId, photo));
    return found;
  }

  async close(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.close()));
  }
}

/** @returns external ids of the persons whom any face of the photograph is found as. */
export async function searchOnce(client: LikenessClient, collectionId: string, photo: Photo): Promise<string[]> {
  const image = { base64: (await photo.read()).toString('base64') };
  const { searchFaces } = await client.request(SearchFacesDocument, {
    collectionIds: [collectionId],
    image,
    limit: 20,
  });
  return searchFaces.probes.flatMap(({ matches }) => matches.flatMap(({ person }) => person?.externalId ?? []));
}

/** It tries nothing twice: every answer is seen. */
function clientOf(url: string, apiKey: string): LikenessClient {
  return createClient({ url, apiKey, retry: { attempts: 1 }, timeoutMs: TIMEOUT_MS });
}
