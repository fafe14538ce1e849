import type { ErasureRecord } from '../records/erasure';

/** What was erased, kept outside of the database, so that a copy of the database that is put back does not bring it back. */
export interface ErasureLedger {
  /** Adds records at the end. They are on the disk when this returns. @returns its length then, in bytes. @throws what the disk throws. */
  append(records: readonly ErasureRecord[]): Promise<number>;
  /** In bytes; 0: nothing was erased yet, or nobody kept it. */
  length(): Promise<number>;
  /**
   * Records from this byte on, the oldest first, in batches.
   * @throws DomainError CONFLICT when a line is none of a ledger.
   */
  read(from: number): AsyncIterable<readonly ErasureRecord[]>;
}
