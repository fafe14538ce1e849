import type { Bucket } from '../domain/rates';

/** So much of a bucket; negative gives it back. */
export interface Charge {
  readonly bucket: Bucket;
  readonly amount: number;
}

/** A bucket, as far as this process knows. */
export interface BucketState {
  readonly bucket: Bucket;
  /** Negative: a debt. */
  readonly remaining: number;
}

/** What became of charges. */
export type Taking =
  | { readonly taken: true; readonly states: readonly BucketState[] }
  | {
      readonly taken: false;
      /** The one that lets it wait longest. */
      readonly bucket: Bucket;
      /** In about so long it would have been taken. */
      readonly waitMs: number;
      readonly states: readonly BucketState[];
    };

/**
 * Buckets that fill by the hour (GCRA). Over all processes together no more is taken of a bucket than its capacity and what has come
 * back since, but for what is settled. A clock that is set back lets nothing more through.
 */
export interface RateLimiter {
  /** Takes all charges or none. Never waits for a bucket to fill. */
  take(charges: readonly Charge[]): Promise<Taking>;
  /** Counts what has been used, or was not needed after all (negative): nothing is refused, and a debt is left, of one bucket at most. */
  settle(charges: readonly Charge[]): void;
  /** Makes known to other processes what this one knows. */
  close(): Promise<void>;
}

/** What a process got of a bucket that processes share. */
export interface Lease {
  /** From what it needed to what it wanted, or 0. */
  readonly granted: number;
  /** What is left in the bucket. */
  readonly remaining: number;
}

/** Buckets that processes share, on the clock of their server. One bucket is one step; concurrent steps come one after the other. */
export interface RateStore {
  /** Takes as much as there is between `need` and `want`; nothing if there is less than `need`. */
  lease(bucket: Bucket, need: number, want: number): Promise<Lease>;
  /** Takes so much, whatever there is, or gives it back (negative). */
  charge(bucket: Bucket, amount: number): Promise<Lease>;
  close(): Promise<void>;
}
