/** Items of one message: what a message costs besides (transactions, the queue) is shared by many, and it is little enough to redo. */
export const ITEMS_PER_MESSAGE = 32;
/** Items of one message where tenants wait for each other: enough for two of the analyzer's batches. */
const ITEMS_PER_TURN = 8;
/** What a message takes beside its images: transactions of its own. */
const MESSAGE_COST = 1;

/** First and last item of a part of a job, both in it. */
export interface ItemRange {
  readonly fromOrdinal: number;
  readonly toOrdinal: number;
}

/** What one message carries, and what it takes of its tenant's turns. */
export interface CostedRange {
  readonly range: ItemRange;
  readonly cost: number;
}

/** Ranges that cover the items at `ordinals` (ascending), one for a few of them. */
export function rangesOf(ordinals: readonly number[]): CostedRange[] {
  const ranges: CostedRange[] = [];
  for (let start = 0; start < ordinals.length; start += ITEMS_PER_MESSAGE) {
    const part = ordinals.slice(start, start + ITEMS_PER_MESSAGE);
    ranges.push({ range: { fromOrdinal: part[0]!, toOrdinal: part.at(-1)! }, cost: part.length + MESSAGE_COST });
  }
  return ranges;
}

/** A small part and the rest. Only of a range without gaps: how many open items lie in a part of another, its message does not tell. */
export function splitRange({ fromOrdinal, toOrdinal }: ItemRange, cost: number): [CostedRange, CostedRange] | null {
  const items = toOrdinal - fromOrdinal + 1;
  if (items <= ITEMS_PER_TURN || items !== cost - MESSAGE_COST) return null;
  const border = fromOrdinal + ITEMS_PER_TURN;
  return [
    { range: { fromOrdinal, toOrdinal: border - 1 }, cost: ITEMS_PER_TURN + MESSAGE_COST },
    { range: { fromOrdinal: border, toOrdinal }, cost: items - ITEMS_PER_TURN + MESSAGE_COST },
  ];
}
