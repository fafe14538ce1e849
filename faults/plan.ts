import { MersenneTwister } from '../workers/evaluation/mersenne-twister';

/** What can be done to processes of the product. */
const TO_PROCESSES = ['kill worker', 'kill api', 'restart worker', 'restart api', 'pause worker'] as const;

/** The same of engines, and of the way to them. */
const ENGINES = ['postgres', 'redis', 'milvus', 's3'] as const;
const TO_ENGINES = ['kill', 'restart', 'cut', 'freeze', 'delay', 'halve'] as const;

/** Engines of derived data may come back with nothing. */
const LOSSES = ['lose redis', 'lose milvus'] as const;

/** Each thing that can be done, and to what: an action and a target. */
export type FaultKind =
  | (typeof TO_PROCESSES)[number]
  | `${(typeof TO_ENGINES)[number]} ${(typeof ENGINES)[number]}`
  | (typeof LOSSES)[number];

export type FaultAction = FaultKind extends `${infer Action} ${string}` ? Action : never;

export const FAULT_KINDS: readonly FaultKind[] = [
  ...TO_PROCESSES,
  ...TO_ENGINES.flatMap((action) => ENGINES.map((engine) => `${action} ${engine}` as const)),
  ...LOSSES,
];

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
/** Longer than a message's lock, and an index's lease: what stood still wakes up when others have taken over. */
const PAUSED_MS = { min: 16_000, max: 20_000 };

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
    const { min, max } = kind.startsWith('pause') ? PAUSED_MS : HOLD_MS;
    const holdMs = min + below(max - min + 1);
    return { kind, which: below(1_000), afterMs: below(MAX_AFTER_MS + 1), holdMs };
  };
  return Array.from({ length: rounds }, () => Array.from({ length: faultsPerRound }, deal));
}
