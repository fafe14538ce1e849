import type { Bucket, Rate } from './rates';

/** What an operation was charged of one rate, and what its holder has left of it: in the limit that is nearer to its end. */
export interface CostLine {
  readonly rate: Rate;
  /** Whose limit it is. */
  readonly of: Bucket['of'];
  /** Taken before the work. */
  readonly requested: number;
  /** What the work was in the end. */
  readonly actual: number;
  /** Of an hour, and at one moment. */
  readonly limit: number;
  readonly remaining: number;
  /** How much comes back a second. */
  readonly restoreRate: number;
}

/** `extensions.cost` of an answer: the line that is nearest to its end, and all of them. */
export interface Cost extends CostLine {
  readonly charges: readonly CostLine[];
}
