import { createHash } from 'node:crypto';
import { createClient, type Client } from 'graphql-ws';
import WebSocket from 'ws';
import { sniffImageFormat } from '../domain/image-format';

interface GraphqlAnswer<T> {
  readonly data?: T | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

export interface JobProgress {
  readonly state: 'QUEUED' | 'IN_PROGRESS' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
  readonly progress: { readonly done: number; readonly failed: number; readonly total: number };
}

/** Speaks to a running Likeness as any integrator would: over HTTP and a websocket, with a key. */
export class ApiClient {
  private socket: Client | undefined;

  /** @param url without `/graphql`. */
  constructor(
    private readonly url: string,
    private readonly key: string,
  ) {}

  /** @throws Error with the API's own sentence. */
  async request<T>(query: string, variables: Record<string, unknown> = {}): Promise<T> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${this.key}` },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as GraphqlAnswer<T>;
    if (errors?.[0]) throw new Error(`${errors[0].extensions?.code ?? response.status}: ${errors[0].message}`);
    if (!data) throw new Error(`The API answered ${response.status} without data`);
    return data;
  }

  /** Sends images through createUploads. @returns for each, in order, its upload's id or why it was refused. */
  async upload(images: readonly Uint8Array[]): Promise<({ id: string } | { refusal: string })[]> {
    const files = images.map((bytes) => {
      const format = sniffImageFormat(bytes);
      return {
        bytes: bytes.length,
        mime: 'mime' in format ? format.mime : 'image/jpeg',
        sha256: createHash('sha256').update(bytes).digest('hex'),
      };
    });
    const { createUploads } = await this.request<{
      createUploads: { uploads: { id: string; url: string; headers: Record<string, string> }[] };
    }>('mutation ($input: CreateUploadsInput!) { createUploads(input: $input) { uploads { id url headers } } }', {
      input: { files },
    });
    return Promise.all(
      createUploads.uploads.map(async ({ id, url, headers }, index) => {
        const response = await fetch(url, { method: 'PUT', headers, body: Buffer.from(images[index]!) });
        if (response.ok) return { id };
        const { error } = (await response.json()) as { error: { code: string; message: string } };
        return { refusal: `${error.code}: ${error.message}` };
      }),
    );
  }

  /** Follows a job to its end. @returns its last state. */
  async follow(jobId: string, onProgress: (job: JobProgress) => void = () => undefined): Promise<JobProgress> {
    this.socket ??= createClient({
      url: `${this.url.replace(/^http/, 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${this.key}` },
    });
    const events = this.socket.iterate<{ jobUpdated: { job: JobProgress } }>({
      query: 'subscription ($id: ID!) { jobUpdated(jobId: $id) { job { state progress { done failed total } } } }',
      variables: { id: jobId },
    });
    let last: JobProgress | undefined;
    for await (const { data, errors } of events) {
      if (errors?.[0]) throw new Error(errors[0].message);
      if (!data) continue;
      last = data.jobUpdated.job;
      onProgress(last);
    }
    if (!last) throw new Error('The job sent no event');
    return last;
  }

  async close(): Promise<void> {
    await this.socket?.dispose();
  }
}
