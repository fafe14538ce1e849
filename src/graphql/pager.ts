import type { CursorCodec, CursorOwner } from '../domain/cursor';
import { badInput, DomainError } from '../domain/errors';
import { MOST_COUNTED, type Order, type PageRequest, type Position } from '../records/page';
import type { Connection, PageArgs } from './connection';
import { DEFAULT_PAGE_SIZE } from './page-size';

/** A list that can be paged. */
export interface ListSource<Row, Field extends string> {
  readonly owner: CursorOwner;
  /** Names the list in its cursors: one of another list is refused. */
  readonly name: string;
  /** The order that the caller has asked for, or the list's own. */
  readonly order: Order<Field>;
  /** @returns rows as `PageRequest` says, one more than `first` when there is one. */
  rows(page: PageRequest<Field>): Promise<readonly Row[]>;
  /** @returns how many rows the list has, or `atMost` when there are as many or more. */
  count(atMost: number): Promise<number>;
  position(row: Row): Position;
  /**
   * The place before all that is at what somebody typed or comes after it, in lists that can begin there.
   * @throws DomainError BAD_USER_INPUT.
   */
  startOf?(text: string): Promise<Position>;
}

/** Arguments of a page; `startAt` where the list has it. */
export type AskedPage = PageArgs & { readonly startAt?: string | null };

/** The place of a row in a list that ids alone order. */
export const byId = ({ id }: { readonly id: string }): Position => ({ id });
/** The place of a row in a list that is ordered by something else first. */
export const byKey = ({ id, sortKey }: { readonly id: string; readonly sortKey: string }): Position => ({
  id,
  key: sortKey,
});

type PageBounds = Pick<PageRequest, 'after' | 'before'>;

/** Makes connections of lists. */
export class Pager {
  constructor(private readonly cursors: CursorCodec) {}

  /**
   * @throws DomainError BAD_USER_INPUT for `first` beside `last`, `startAt` beside `after`, and for a cursor of another tenant, list
   * or order, or a damaged one.
   */
  async connection<Row, Field extends string, T>(
    args: AskedPage,
    source: ListSource<Row, Field>,
    toNode: (row: Row) => T,
  ): Promise<Connection<T>> {
    const { order } = source;
    const backwards = typeof args.last === 'number';
    if (backwards && typeof args.first === 'number')
      throw badInput({ path: 'last', rule: 'cannot stand beside first' });
    if (args.startAt && args.after) throw badInput({ path: 'startAt', rule: 'cannot stand beside after' });
    const first = args.last ?? args.first ?? DEFAULT_PAGE_SIZE;
    const start = args.startAt ? await source.startOf?.(args.startAt) : undefined;
    const bounds: PageBounds = {
      ...(start ? { after: start } : {}),
      ...(args.after ? { after: this.positionOf(source, args.after, 'after') } : {}),
      ...(args.before ? { before: this.positionOf(source, args.before, 'before') } : {}),
    };
    const found = await source.rows({ first, order, backwards, ...bounds });
    const goesOn = found.length > first;
    const rows = found.slice(0, first);
    if (backwards) rows.reverse();
    const edges = rows.map((row) => ({ cursor: this.cursorOf(source, source.position(row)), node: toNode(row) }));
    /** Whether there are rows at the cursor or beyond it. */
    const isBeyond = (bound: keyof PageBounds) => async (): Promise<boolean> => {
      const place = bounds[bound];
      if (!place) return false;
      const rest = { [bound === 'after' ? 'before' : 'after']: { ...place, inclusive: true } };
      return (await source.rows({ first: 1, order, ...rest })).length > 0;
    };
    return {
      edges,
      nodes: edges.map((edge) => edge.node),
      pageInfo: {
        hasNextPage: !backwards && goesOn ? true : isBeyond('before'),
        hasPreviousPage: backwards && goesOn ? true : isBeyond('after'),
        startCursor: edges[0]?.cursor ?? null,
        endCursor: edges.at(-1)?.cursor ?? null,
      },
      totalCount: () => this.totalOf(source),
    };
  }

  private async totalOf<Row, Field extends string>(source: ListSource<Row, Field>): Promise<number | null> {
    try {
      const count = await source.count(MOST_COUNTED + 1);
      return count > MOST_COUNTED ? null : count;
    } catch (error) {
      if (error instanceof DomainError && error.code === 'TIMEOUT') return null;
      throw error;
    }
  }

  private cursorOf<Row, Field extends string>(
    { owner, name, order }: ListSource<Row, Field>,
    { id, key }: Position,
  ): string {
    const value = [order.field, order.direction, id, ...(key === undefined ? [] : [key])];
    return this.cursors.encode(owner, name, JSON.stringify(value));
  }

  private positionOf<Row, Field extends string>(
    { owner, name, order }: ListSource<Row, Field>,
    cursor: string,
    path: string,
  ): Position {
    const [field, direction, id, key] = placeOf(this.cursors.decode(owner, name, cursor, path), path);
    if (field !== order.field || direction !== order.direction) {
      const rule = `must be a cursor of this order, ${order.field} ${order.direction}; it is one of ${field} ${direction}`;
      throw badInput({ path, rule });
    }
    return { id, ...(key === undefined ? {} : { key }) };
  }
}

/** What is in a cursor. Those of an earlier version, which had an id alone, are no more. */
function placeOf(value: string, path: string): [string, string, string, string?] {
  if (value.startsWith('[')) return JSON.parse(value) as [string, string, string, string?];
  throw badInput({ path, rule: 'must be a cursor of this version: begin at the beginning of the list' });
}
