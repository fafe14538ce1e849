import { LikenessError } from './errors.ts';
import {
  EnrollFacesDocument,
  JobItemsDocument,
  type EnrollFacesInput,
  type EnrollFacesItemInput,
  type JobItemsQuery,
} from './generated/operations.ts';
import type { RequestFunction } from './http.ts';
import type { Job, JobFollower } from './jobs.ts';
import { rowsOf } from './pages.ts';
import { Turns } from './turns.ts';
import type { ImageSource, Uploader, UploadOutcome } from './uploads.ts';

/** Files of one job: the first are worked on while the last are still being sent. */
const JOB_FILES = 200;
/** Faces whose places are said, of one job: a request of more would be refused. */
const JOB_FACES = 2_000;
/** Jobs that are followed at once. */
const JOBS_AT_ONCE = 4;
const PAGE = 1_000;

/** One image to enrol: what `enrollFaces` takes, with the bytes instead of an upload. */
export interface EnrollFile extends Omit<EnrollFacesItemInput, 'image'> {
  readonly source: ImageSource;
}

export interface EnrollFilesInput extends Omit<EnrollFacesInput, 'items' | 'clientRequestToken'> {
  readonly files: readonly EnrollFile[];
}

export interface EnrollProgress {
  readonly total: number;
  /** Files that were sent or refused. */
  readonly sent: number;
  /** Files of which a face is for searches to find. */
  readonly indexed: number;
  /** Files whose faces were all rejected. */
  readonly unindexed: number;
  /** Files that could not be sent or enrolled. */
  readonly failed: number;
}

export interface EnrollFilesOptions {
  /** Files that are sent at once. @default 4 */
  readonly parallel?: number | undefined;
  /** Ends the sending and the waiting; jobs that the server has accepted go on there. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: EnrollProgress) => void) | undefined;
  /** Is told each outcome as it comes. @param index of the file. */
  readonly onOutcome?: ((outcome: EnrollOutcome, index: number) => void) | undefined;
}

type Item = NonNullable<JobItemsQuery['job']>['items']['nodes'][number];

/** What became of one file. */
export type EnrollOutcome =
  | {
      readonly state: 'INDEXED';
      readonly faces: Item['faceRecords'];
      readonly unindexedFaces: Item['unindexedFaces'];
      /** The same bytes were enrolled for the same person before: these are those faces. */
      readonly duplicate: boolean;
    }
  /** It has faces, and none of them will be found: each says why. */
  | { readonly state: 'UNINDEXED'; readonly unindexedFaces: Item['unindexedFaces'] }
  | { readonly state: 'FAILED'; readonly error: LikenessError }
  /** The job was cancelled before its turn. */
  | { readonly state: 'CANCELLED' };

export interface EnrolmentOptions {
  readonly request: RequestFunction;
  readonly uploader: Uploader;
  readonly jobs: JobFollower;
}

interface Sent {
  readonly index: number;
  readonly uploadId: string;
}

/** Enrols files: sends them, makes jobs of them, follows these, and says what became of each file. */
export class Enrolment {
  constructor(private readonly options: EnrolmentOptions) {}

  /**
   * @returns the outcomes in the order of the files. A bad file has its own and stops no other.
   * @throws LikenessError when a job is refused as a whole; the signal's reason.
   */
  async enroll(input: EnrollFilesInput, options: EnrollFilesOptions = {}): Promise<EnrollOutcome[]> {
    const { signal } = options;
    signal?.throwIfAborted();
    const run = new EnrolmentRun(this.options, input, options);
    const stop = (): void => run.fail(signal?.reason);
    signal?.addEventListener('abort', stop, { once: true });
    try {
      return await run.toTheEnd();
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }
}

/** One call of `enroll`. */
class EnrolmentRun {
  private readonly failed = new AbortController();
  private readonly outcomes: EnrollOutcome[] = [];
  private readonly jobs: Promise<void>[] = [];
  private readonly progress = new Map<object, Job['progress']>();
  private readonly turns = new Turns(JOBS_AT_ONCE);
  /** Files that are sent and not yet in a job. */
  private ready: Sent[] = [];
  private sent = 0;
  private refused = 0;

  constructor(
    private readonly parts: EnrolmentOptions,
    private readonly input: EnrollFilesInput,
    private readonly options: EnrollFilesOptions,
  ) {}

  /** Ends what is under way; the rest is not sent for nothing. */
  fail(reason: unknown): void {
    this.failed.abort(reason);
  }

  async toTheEnd(): Promise<EnrollOutcome[]> {
    const sources = this.input.files.map(({ source }) => source);
    const options = { parallel: this.options.parallel, signal: this.failed.signal };
    try {
      await this.parts.uploader.uploadEach(sources, options, (index, upload) => this.take(index, upload));
      this.beginJob();
      await Promise.all(this.jobs);
      return this.outcomes;
    } catch (error) {
      this.fail(error);
      await Promise.allSettled(this.jobs);
      throw this.failed.signal.reason;
    }
  }

  private take(index: number, { uploadId, error }: UploadOutcome): void {
    this.sent += 1;
    if (error) {
      this.refused += 1;
      this.settle(index, { state: 'FAILED', error });
    } else this.ready.push({ index, uploadId });
    const faces = this.ready.reduce((sum, one) => sum + (this.input.files[one.index]!.faces?.length ?? 0), 0);
    if (this.ready.length === JOB_FILES || faces >= JOB_FACES) this.beginJob();
    this.report();
  }

  private beginJob(): void {
    const batch = this.ready;
    this.ready = [];
    if (batch.length === 0) return;
    const job = this.turns.run(() => this.runJob(batch));
    this.jobs.push(job);
    job.catch((error: unknown) => this.fail(error));
  }

  private async runJob(batch: readonly Sent[]): Promise<void> {
    const { signal } = this.failed;
    signal.throwIfAborted();
    const { request, jobs } = this.parts;
    const { files, ...input } = this.input;
    const items = batch.map(({ index, uploadId }) => itemOf(files[index]!, uploadId));
    // By it the server knows the request again when its answer was lost.
    const clientRequestToken = randomToken();
    const told = await request(EnrollFacesDocument, { input: { ...input, items, clientRequestToken } }, { signal });
    const onProgress = ({ progress }: Job): void => {
      this.progress.set(batch, progress);
      this.report();
    };
    const job = await jobs.wait(told.enrollFaces.job.id, { signal, onProgress });
    if (job.state === 'FAILED') throw outcomeError(job.error);
    const variables = { jobId: job.id, first: PAGE };
    for await (const item of rowsOf(request, JobItemsDocument, variables, (found) => found.job?.items, { signal })) {
      this.settle(batch[item.ordinal]!.index, outcomeOf(item));
    }
    onProgress(job);
  }

  private settle(index: number, outcome: EnrollOutcome): void {
    this.outcomes[index] = outcome;
    this.options.onOutcome?.(outcome, index);
  }

  private report(): void {
    const counts = [...this.progress.values()];
    const sum = (count: 'indexed' | 'unindexed' | 'failed'): number =>
      counts.reduce((total, progress) => total + progress[count], 0);
    this.options.onProgress?.({
      total: this.input.files.length,
      sent: this.sent,
      indexed: sum('indexed'),
      unindexed: sum('unindexed'),
      failed: this.refused + sum('failed'),
    });
  }
}

/** No more of the caller's object than the API knows: it refuses the rest. */
function itemOf(file: EnrollFile, uploadId: string): EnrollFacesItemInput {
  const { person, faces, externalImageId, takenAt, onAmbiguous } = file;
  return { image: { uploadId }, person, faces, externalImageId, takenAt, onAmbiguous };
}

function outcomeOf({ state, error, faceRecords, unindexedFaces, duplicate }: Item): EnrollOutcome {
  if (error) return { state: 'FAILED', error: outcomeError(error) };
  if (state === 'CANCELLED') return { state };
  if (faceRecords.length === 0) return { state: 'UNINDEXED', unindexedFaces };
  return { state: 'INDEXED', faces: faceRecords, unindexedFaces, duplicate };
}

function outcomeError(error: Item['error']): LikenessError {
  const { code, message, details } = error ?? { code: 'INTERNAL_SERVER_ERROR', message: 'It failed.', details: null };
  return new LikenessError(code, message, { details: details ?? {} });
}

function randomToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
