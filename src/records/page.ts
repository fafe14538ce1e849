export const DIRECTIONS = ['ASC', 'DESC'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** What a list is ordered by; rows of the same value are ordered by their ids, in the same direction. */
export interface Order<Field extends string = string> {
  readonly field: Field;
  readonly direction: Direction;
}

/** The order of the ids of UUIDv7, for lists that have no other. */
export const OLDEST_FIRST: Order<'CREATED_AT'> = { field: 'CREATED_AT', direction: 'ASC' };

/** The place of a row in a list. It stays where it is when the row goes, and when others come. */
export interface Position {
  /** What the list is ordered by last: an id, or the ordinal of a row that counts its like. */
  readonly id: string;
  /** The value that it is ordered by before that, as text; absent where ids alone order it. */
  readonly key?: string;
}

/** Where a page begins or ends. */
export interface Bound extends Position {
  /** Whether a row at this very place is in the page. @default false */
  readonly inclusive?: boolean;
}

/** The part of a list between two places, from its beginning or from its end. */
export interface PageRequest<Field extends string = string> {
  /** Rows wanted. Stores answer one more when there is one. */
  readonly first: number;
  /** @default the list's own */
  readonly order?: Order<Field>;
  readonly after?: Bound;
  readonly before?: Bound;
  /** Whether to begin at the end: the rows come in the opposite order then. @default false */
  readonly backwards?: boolean;
}

/** A row with what it is ordered by, as text. */
export type Placed<Row> = Row & { readonly sortKey: string };

/** Counting ends there: a longer list is a long one. */
export const MOST_COUNTED = 100_000;
/** Nor may it take longer. */
export const COUNTING_TIMEOUT_MS = 2_000;
