import { CollectionFollower, type CollectionEvent, type CollectionEventsOptions } from './collection-events.ts';
import { Enrolment, type EnrollFilesInput, type EnrollFilesOptions, type EnrollOutcome } from './enrolment.ts';
import { HttpTransport, type RequestOptions } from './http.ts';
import { JobFollower, type FollowOptions, type Job, type JobEvent, type WaitOptions } from './jobs.ts';
import { rowsOf, type Page, type PageVariables } from './pages.ts';
import { SocketTransport } from './sockets.ts';
import { Subscription, type SubscriptionOptions } from './subscription.ts';
import type { OperationArguments, TypedDocument } from './typed-document.ts';
import { Uploader, type ImageSource, type UploadOptions, type UploadOutcome } from './uploads.ts';
import { DEFAULT_RETRY, type RetryPolicy } from './waiting.ts';

export interface ClientOptions {
  /** Where Likeness is, such as `http://127.0.0.1:4000`; with `/graphql` or without. In a page it may be relative. */
  readonly url: string;
  /** Left out where what `fetch` sends along, such as a cookie, says who calls. */
  readonly apiKey?: string | undefined;
  /**
   * In a page of the server itself, beside the cookie of a session: the id of the tenant that it must be of, or `operator`. A
   * request is refused with CONFLICT when somebody else has signed in meanwhile.
   */
  readonly tenant?: string | undefined;
  /** @default the environment's own */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** The WebSocket class. @default the environment's own; that of `ws` in Node 20, which has none */
  readonly webSocketImpl?: unknown | undefined;
  /** How long one attempt of a request may take. @default 60000 */
  readonly timeoutMs?: number | undefined;
  /**
   * So often a connection is asked whether it still stands; one that does not answer as long is made anew. @default 10000
   */
  readonly keepAliveMs?: number | undefined;
  /** How often and how soon to try again what may be tried again. */
  readonly retry?: Partial<RetryPolicy> | undefined;
}

const TIMEOUT_MS = 60_000;
const KEEP_ALIVE_MS = 10_000;

/** @throws TypeError when the url is none. */
export function createClient(options: ClientOptions): LikenessClient {
  return new LikenessClient(options);
}

/** Speaks to one Likeness with one key. */
export class LikenessClient {
  private readonly http: HttpTransport;
  private readonly sockets: SocketTransport;
  private readonly retry: RetryPolicy;
  private readonly uploader: Uploader;
  private readonly jobs: JobFollower;
  private readonly collections: CollectionFollower;
  private readonly enrolment: Enrolment;

  constructor({ url, apiKey, tenant, webSocketImpl, timeoutMs = TIMEOUT_MS, ...options }: ClientOptions) {
    const endpoint = endpointOf(url);
    const fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
    const proof: Record<string, string> = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
    const ofPage: Record<string, string> =
      tenant === undefined ? {} : { 'x-likeness-tenant': tenant, 'apollo-require-preflight': '1' };
    const headers = { ...proof, ...ofPage };
    const request = this.request.bind(this);
    this.retry = { ...DEFAULT_RETRY, ...options.retry };
    const { retry } = this;
    this.http = new HttpTransport({ fetch, url: endpoint, headers, timeoutMs, retry });
    const { keepAliveMs = KEEP_ALIVE_MS } = options;
    const socketUrl = endpoint.replace(/^http/, 'ws');
    this.sockets = new SocketTransport({
      url: socketUrl,
      connectionParams: tenant === undefined ? proof : { ...proof, tenant },
      webSocketImpl,
      retry,
      keepAliveMs,
    });
    this.uploader = new Uploader({ request, fetch, retry });
    const subscribe = this.open.bind(this);
    this.jobs = new JobFollower({ request, subscribe });
    this.collections = new CollectionFollower({ request, subscribe });
    this.enrolment = new Enrolment({ request, uploader: this.uploader, jobs: this.jobs });
  }

  /**
   * Runs a query or a mutation. Tried again where that can do no harm: queries, mutations with a `clientRequestToken`, and
   * what the server refused with RATE_LIMITED.
   *
   * @throws LikenessError; the signal's reason.
   */
  async request<Result, Variables>(
    document: TypedDocument<Result, Variables>,
    ...[variables, options]: OperationArguments<Variables, RequestOptions>
  ): Promise<Result> {
    return (await this.http.request(document.toString(), variables, options)) as Result;
  }

  /**
   * Runs a subscription, over one socket for all. Where it asks for each event's `cursor` and takes `$after`, it goes on after a
   * lost connection without losing or repeating an event.
   */
  subscribe<Result, Variables>(
    document: TypedDocument<Result, Variables>,
    ...[variables, options]: OperationArguments<Variables, SubscriptionOptions>
  ): Subscription<Result> {
    return this.open(
      document.toString(),
      () => ({ ...variables }),
      (data) => data as Result,
      options,
    );
  }

  /** Every row of a list, page after page: `client.rows(PersonsDocument, { collectionId }, ({ persons }) => persons)`. */
  rows<Result, Variables extends PageVariables, Node>(
    document: TypedDocument<Result, Variables>,
    variables: Variables,
    pageOf: (result: Result) => Page<Node> | null | undefined,
    options: RequestOptions = {},
  ): AsyncGenerator<Node, void, undefined> {
    return rowsOf(this.request.bind(this), document, variables, pageOf, options);
  }

  /**
   * Sends images, several at once. @returns for each, in order, its `uploadId` or why it was refused.
   * @throws the signal's reason.
   */
  uploadFiles(sources: readonly ImageSource[], options?: UploadOptions): Promise<UploadOutcome[]> {
    return this.uploader.upload(sources, options);
  }

  /** Sends one image. @returns its `uploadId`. @throws LikenessError why it was refused; the signal's reason. */
  async uploadFile(source: ImageSource, options?: UploadOptions): Promise<string> {
    const [outcome] = await this.uploader.upload([source], options);
    if (outcome!.error) throw outcome!.error;
    return outcome!.uploadId;
  }

  /**
   * Enrols files and waits until they can be found. @returns for each, in order, what became of it.
   * @throws LikenessError when a job is refused as a whole; the signal's reason.
   */
  enrollFiles(input: EnrollFilesInput, options?: EnrollFilesOptions): Promise<EnrollOutcome[]> {
    return this.enrolment.enroll(input, options);
  }

  /** A job's events from its beginning, or after a cursor; ends after its last. */
  followJob(jobId: string, options?: FollowOptions): AsyncIterableIterator<JobEvent, undefined> {
    return this.jobs.follow(jobId, options);
  }

  /** Waits for a job's end. @returns the job as it ended. @throws LikenessError NOT_FOUND; the signal's reason. */
  waitForJob(jobId: string, options?: WaitOptions): Promise<Job> {
    return this.jobs.wait(jobId, options);
  }

  /** A collection's events from now on, or after a cursor. Does not end by itself. */
  collectionEvents(
    collectionId: string,
    options?: CollectionEventsOptions,
  ): AsyncIterableIterator<CollectionEvent, undefined> {
    return this.collections.follow(collectionId, options);
  }

  /**
   * Where a collection's events are now: `after` of `collectionEvents`. Get it, then read what you show, then follow: nothing that
   * happens meanwhile is missed. @throws LikenessError NOT_FOUND; the signal's reason.
   */
  eventCursor(collectionId: string, options?: SubscriptionOptions): Promise<string> {
    return this.collections.cursor(collectionId, options);
  }

  /** Ends every subscription, and the socket. A client without subscriptions keeps no connection of its own open. */
  close(): Promise<void> {
    return this.sockets.close();
  }

  private open<T>(
    query: string,
    variables: () => Readonly<Record<string, unknown>> | Promise<Readonly<Record<string, unknown>>>,
    select: (data: unknown) => T,
    { signal }: SubscriptionOptions = {},
  ): Subscription<T> {
    return new Subscription({ sockets: this.sockets, query, variables, select, signal, retry: this.retry });
  }
}

function endpointOf(url: string): string {
  const page = (globalThis as { readonly location?: { readonly href: string } }).location?.href;
  const address = new URL(url, page);
  address.pathname = `${address.pathname.replace(/\/(graphql\/?)?$/, '')}/graphql`;
  address.search = '';
  address.hash = '';
  return address.href;
}
