export const REEMBEDDING_STATES = ['RUNNING', 'SWITCHED', 'STOPPED'] as const;
export type ReembeddingState = (typeof REEMBEDDING_STATES)[number];

/** A collection's move to another pack. */
export interface ReembeddingRecord {
  /** The job that does it; it may have been pruned. */
  readonly jobId: string;
  readonly collectionId: string;
  /** `name@version`. */
  readonly sourcePackId: string;
  readonly targetPackId: string;
  /** STOPPED: before the switch. */
  readonly state: ReembeddingState;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
  /** Until then the vectors are kept that searches do not use: of the source where it has switched, else of the target. */
  readonly keptUntil: Date | null;
}
