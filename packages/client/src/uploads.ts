import { codeOfStatus, errorOfAnswer, LikenessError, retryAfterOf, type AnswerError } from './errors.ts';
import { CreateUploadsDocument, type CreateUploadsMutation, type UploadFileInput } from './generated/operations.ts';
import { unreachable, type RequestFunction } from './http.ts';
import { MAX_IMAGE_BYTES, mimeOf, sha256Of } from './image-kind.ts';
import { Turns } from './turns.ts';
import { retrying, withDeadline, type RetryPolicy } from './waiting.ts';

/** Files that are read, announced and held in memory together. */
const BATCH_FILES = 32;
const BATCH_BYTES = 32 * 1024 * 1024;
/** While one batch is sent, another is read. */
const BATCHES_AT_ONCE = 2;
/** As slow as the server lets a sender be: a place within 20 s, then 10 s and a second for each 50 KB. */
const PUT_GRACE_MS = 30_000;
const PUT_BYTES_PER_MS = 50;

/** An image's bytes, or what reads them when their turn comes: of ten thousand files a few are in memory at a time. */
export type ImageSource = Uint8Array | Blob | (() => Promise<Uint8Array | Blob>);

export interface UploadProgress {
  /** Files that were sent or refused. */
  readonly done: number;
  readonly total: number;
  /** Bytes that were sent. */
  readonly bytes: number;
}

export interface UploadOptions {
  /** Files that are sent at once. @default 4 */
  readonly parallel?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: UploadProgress) => void) | undefined;
}

/** What became of one file: one that could not be sent does not hold up the others. */
export type UploadOutcome =
  | {
      readonly uploadId: string;
      readonly bytes: number;
      readonly sha256: string | undefined;
      readonly error?: undefined;
    }
  | { readonly uploadId?: undefined; readonly error: LikenessError };

export interface UploaderOptions {
  readonly request: RequestFunction;
  readonly fetch: typeof fetch;
  readonly retry: RetryPolicy;
}

type Place = CreateUploadsMutation['createUploads']['uploads'][number];

interface Prepared {
  readonly index: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly file: UploadFileInput;
}

/** Sends images to addresses that `createUploads` gives out. */
export class Uploader {
  constructor(private readonly options: UploaderOptions) {}

  /**
   * @returns the outcomes in the order of the files.
   * @throws the signal's reason.
   */
  async upload(sources: readonly ImageSource[], options: UploadOptions = {}): Promise<UploadOutcome[]> {
    const outcomes: UploadOutcome[] = [];
    const progress = { done: 0, total: sources.length, bytes: 0 };
    await this.uploadEach(sources, options, (index, outcome) => {
      outcomes[index] = outcome;
      progress.done += 1;
      if (!outcome.error) progress.bytes += outcome.bytes;
      options.onProgress?.({ ...progress });
    });
    return outcomes;
  }

  /** @param settled is told each outcome as it comes. */
  async uploadEach(
    sources: readonly ImageSource[],
    { parallel = 4, signal }: UploadOptions,
    settled: (index: number, outcome: UploadOutcome) => void,
  ): Promise<void> {
    const batches = batchesOf(sources, (index, error) => settled(index, { error }), signal);
    const puts = new Turns(parallel);
    const sendBatches = async (): Promise<void> => {
      for await (const batch of batches) {
        const places = await this.announce(batch, signal);
        await Promise.all(
          batch.map(async (one, at) => {
            const place = places instanceof LikenessError ? places : places[at]!;
            settled(one.index, await puts.run(() => this.sendOne(one, place, signal)));
          }),
        );
      }
    };
    await Promise.all(Array.from({ length: BATCHES_AT_ONCE }, sendBatches));
    signal?.throwIfAborted();
  }

  private async announce(batch: readonly Prepared[], signal?: AbortSignal): Promise<readonly Place[] | LikenessError> {
    try {
      const input = { files: batch.map(({ file }) => file) };
      // Places that nobody uses cost nothing: asking again when an answer was lost does no harm.
      const options = { signal, idempotent: true };
      const { createUploads } = await this.options.request(CreateUploadsDocument, { input }, options);
      return createUploads.uploads;
    } catch (error) {
      if (error instanceof LikenessError) return error;
      throw error;
    }
  }

  private async sendOne(one: Prepared, place: Place | LikenessError, signal?: AbortSignal): Promise<UploadOutcome> {
    signal?.throwIfAborted();
    if (place instanceof LikenessError) return { error: place };
    let used = place;
    try {
      await this.put(one.bytes, place, signal).catch(async (error: unknown) => {
        if (!isLapsed(error, place)) throw error;
        const again = await this.announce([one], signal);
        if (again instanceof LikenessError) throw again;
        used = again[0]!;
        await this.put(one.bytes, used, signal);
      });
      return { uploadId: used.id, bytes: one.bytes.length, sha256: one.file.sha256 ?? undefined };
    } catch (error) {
      if (error instanceof LikenessError) return { error };
      throw error;
    }
  }

  private async put(bytes: Uint8Array<ArrayBuffer>, place: Place, signal?: AbortSignal): Promise<void> {
    let tries = 0;
    const send = async (deadline: AbortSignal): Promise<void> => {
      tries += 1;
      const headers = place.headers as Record<string, string>;
      const response = await this.options
        .fetch(place.url, { method: 'PUT', headers, body: bytes, signal: deadline })
        .catch((cause: unknown) => Promise.reject(unreachable(place.url, cause)));
      const text = await response.text().catch((cause: unknown) => Promise.reject(unreachable(place.url, cause)));
      // The address is used up: by the try before, whose answer was lost. Nobody else has it.
      const isThere = isDirect(place) ? response.status === 412 : response.status === 409 && tries > 1;
      if (response.ok || isThere) return;
      throw refusalOf(text, response);
    };
    const timeoutMs = PUT_GRACE_MS + bytes.length / PUT_BYTES_PER_MS;
    await retrying(() => withDeadline(timeoutMs, signal, send), {
      policy: this.options.retry,
      signal,
      isSafe: () => true,
    });
  }
}

/** Whether it is an address of the image store itself, good for these bytes alone, where they are not yet. */
const isDirect = ({ headers }: Place): boolean => 'if-none-match' in (headers as Record<string, string>);

/** Such an address works for minutes, and may have waited for its turn longer. */
function isLapsed(error: unknown, place: Place): boolean {
  return isDirect(place) && error instanceof LikenessError && error.status === 403;
}

/** Routes outside GraphQL answer `{error: {code, message, ...}}`. */
function refusalOf(text: string, { status, headers }: Response): LikenessError {
  const facts = { status, retryAfterMs: retryAfterOf(headers) };
  try {
    const { error } = JSON.parse(text) as { error: { message: string } & AnswerError['extensions'] };
    const { message, ...extensions } = error;
    return errorOfAnswer([{ message, extensions }], facts);
  } catch {
    return new LikenessError(
      codeOfStatus(status),
      `The upload was answered with ${status}: ${text.slice(0, 200)}`,
      facts,
    );
  }
}

/** Reads files as batches are asked for. @param refuse is told of those that cannot be sent. */
async function* batchesOf(
  sources: readonly ImageSource[],
  refuse: (index: number, error: LikenessError) => void,
  signal: AbortSignal | undefined,
): AsyncGenerator<Prepared[], void, undefined> {
  let batch: Prepared[] = [];
  let size = 0;
  for (const [index, source] of sources.entries()) {
    signal?.throwIfAborted();
    const prepared = await prepare(index, source);
    if (prepared instanceof LikenessError) {
      refuse(index, prepared);
      continue;
    }
    batch.push(prepared);
    size += prepared.bytes.length;
    if (batch.length < BATCH_FILES && size < BATCH_BYTES) continue;
    yield batch;
    batch = [];
    size = 0;
  }
  if (batch.length > 0) yield batch;
}

async function prepare(index: number, source: ImageSource): Promise<Prepared | LikenessError> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = await bytesOf(source);
  } catch (cause) {
    return new LikenessError('IMAGE_UNREADABLE', `It cannot be read: ${(cause as Error).message}`, { cause });
  }
  // One file that is out of bounds would have the whole batch refused.
  if (bytes.length === 0) return new LikenessError('IMAGE_UNREADABLE', 'The image is empty: it has no bytes.');
  if (bytes.length > MAX_IMAGE_BYTES) {
    const message = `It has ${(bytes.length / 2 ** 20).toFixed(1)} MB: an image may have ${MAX_IMAGE_BYTES / 2 ** 20}.`;
    return new LikenessError('IMAGE_TOO_LARGE', message, { details: { maxBytes: MAX_IMAGE_BYTES } });
  }
  return { index, bytes, file: { bytes: bytes.length, mime: mimeOf(bytes), sha256: await sha256Of(bytes) } };
}

async function bytesOf(source: ImageSource): Promise<Uint8Array<ArrayBuffer>> {
  const read = typeof source === 'function' ? await source() : source;
  if (read instanceof Blob) return new Uint8Array(await read.arrayBuffer());
  // Shared memory can neither be sent nor digested.
  return read.buffer instanceof ArrayBuffer ? (read as Uint8Array<ArrayBuffer>) : new Uint8Array(read);
}
