import { MersenneTwister } from '../workers/evaluation/mersenne-twister';

/** Each thing that can be done to a target, and to which. The first word of a kind is what is done. */
export const FAULT_KINDS = [
  'kill worker',
  'kill api',
  'restart worker',
  'restart api',
  'restart redis',
  'restart milvus',
  'kill redis',
  'kill milvus',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/** One fault: what is done to whom, so long after its images were sent, and for how long. */
export interface Fault {
  readonly kind: FaultKind;
  /** Which of several: taken modulo how many there are. */
  readonly which: number;
  readonly afterMs: number;
  readonly holdMs: number;
}

export interface PlanOptions {
  /** 0 to 2^32 - 1. */
  readonly seed: number;
  readonly rounds: number;
  readonly faultsPerRound: number;
  readonly kinds: readonly FaultKind[];
}

const MAX_AFTER_MS = 1_500;
const HOLD_MS = { min: 500, max: 3_000 };

/**
 * The faults of each round: the same for the same options. Kinds are dealt like cards, so that each has come once before
 * one comes again.
 */
export function planRounds({ seed, rounds, faultsPerRound, kinds }: PlanOptions): Fault[][] {
  const random = new MersenneTwister(seed);
  const below = (limit: number): number => random.uint32() % limit;
  const deck: FaultKind[] = [];
  const deal = (): Fault => {
    if (deck.length === 0) deck.push(...random.permutation(kinds));
    const kind = deck.shift()!;
    const holdMs = HOLD_MS.min + below(HOLD_MS.max - HOLD_MS.min + 1);
    return { kind, which: below(1_000), afterMs: below(MAX_AFTER_MS + 1), holdMs };
  };
  return Array.from({ length: rounds }, () => Array.from({ length: faultsPerRound }, deal));
}
