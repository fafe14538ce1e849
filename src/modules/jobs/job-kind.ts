import { DomainError } from '../../domain/errors';
import type { CostedMessage, JobDefinition, NewMessage } from '../../records/job-definition';

/** What a job's messages are made of. */
export interface MessagedJob {
  readonly id: string;
  readonly requestId: string;
}

/** A kind of job: all that the platform must know of it. Only the feature that declares it knows one from
 * another. */
export interface JobKind {
  /** Text in the database; clients match on it: never renamed. */
  readonly name: string;
  /** What it does, for the schema. */
  readonly description: string;
  /** What the queue carries for it. */
  readonly definition: JobDefinition;
  /** What is said to who would cancel it; null where it may be cancelled. */
  readonly cancelRefusal: string | null;
  /** What is said to who would retry it; null where it may be retried. */
  readonly retryRefusal: string | null;
  /** Whether it runs for a tenant that is being deleted. */
  readonly runsInDeletion: boolean;
  /**
   * Cost of the messages that one process works on at once, with a little that waits for it.
   * @param imagesAtOnce in work in the process.
   */
  window(imagesAtOnce: number): number;
  /** A message as a small one and the rest, for when other tenants wait, too; null: it stays whole. */
  split(message: CostedMessage): readonly [NewMessage, NewMessage] | null;
  /**
   * Messages that bring everything that is left of the job to an end: at least one.
   * @param openOrdinals its unfinished items, ascending.
   */
  messagesFor(job: MessagedJob, openOrdinals: readonly number[]): readonly NewMessage[];
}

/** The kinds of jobs that there are. */
export class JobKinds {
  private readonly byName: ReadonlyMap<string, JobKind>;

  /** @throws Error at start when two kinds have one name, or one job of the queue. */
  constructor(readonly all: readonly JobKind[]) {
    this.byName = new Map(all.map((kind) => [kind.name, kind]));
    const jobs = new Set(all.map(({ definition }) => definition.name));
    if (this.byName.size < all.length) throw new Error('Two kinds of jobs have the same name');
    if (jobs.size < all.length) throw new Error('Two kinds of jobs have the same job of the queue');
  }

  get names(): string[] {
    return [...this.byName.keys()];
  }

  /** Names of those that run for a tenant that is being deleted. */
  get namesInDeletion(): string[] {
    return this.all.filter((kind) => kind.runsInDeletion).map((kind) => kind.name);
  }

  /** False for a kind of a newer version, whose rows a return to this one has left behind. */
  has(name: string): boolean {
    return this.byName.has(name);
  }

  /** @throws DomainError CONFLICT for a kind that this version does not know. */
  get(name: string): JobKind {
    const kind = this.byName.get(name);
    if (kind) return kind;
    throw new DomainError(
      'CONFLICT',
      `This job is of a kind that this version does not know: ${name}. A newer version made it; run that one again.`,
    );
  }

  /** Whether a job of this kind runs for a tenant that is being deleted; one that is not known runs for nobody. */
  runsInDeletion(name: string): boolean {
    return this.byName.get(name)?.runsInDeletion ?? false;
  }
}
