/** People that are fetched at once. */
export const PAGE_SIZE = 100;

/** What is known of a list that is fetched page by page: each page but the first begins after a cursor that the one before it gave. */
export interface PageChain {
  /** Of each page that can be fetched; the first one's is null. */
  readonly cursors: readonly (string | null)[];
  /** How many rows there are, once its end was seen. */
  readonly length?: number | undefined;
}

export const NEW_CHAIN: PageChain = { cursors: [null] };

/** A page as it came. */
export interface FetchedPage {
  readonly index: number;
  readonly rows: number;
  /** null: the list ends with it. */
  readonly next: string | null;
}

/** The chain as the page says; what came after another cursor is asked for anew. */
export function withPage(chain: PageChain, { index, rows, next }: FetchedPage): PageChain {
  const { cursors, length } = chain;
  // It came after a cursor that is good no more.
  if (index >= cursors.length) return chain;
  if (next === null) {
    const end = index * PAGE_SIZE + rows;
    const isKnown = length === end && cursors.length === index + 1;
    return isKnown ? chain : { cursors: cursors.slice(0, index + 1), length: end };
  }
  if (cursors[index + 1] === next) return chain;
  return { cursors: [...cursors.slice(0, index + 1), next] };
}

/** Rows that one can scroll to: those of the pages that can be fetched, the last of them taken for full until it has come. */
export function rowsOf({ cursors, length }: PageChain, most: number = Infinity): number {
  return length ?? Math.min(cursors.length * PAGE_SIZE, most);
}

/** The pages that rows are on, and the one after them, as far as they can be fetched. */
export function pagesOf({ cursors }: PageChain, firstRow: number, lastRow: number): number[] {
  const first = Math.floor(Math.max(0, firstRow) / PAGE_SIZE);
  const last = Math.min(cursors.length - 1, Math.floor(Math.max(0, lastRow) / PAGE_SIZE) + 1);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}
