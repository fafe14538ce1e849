import { IsInt, Max, MaxLength, Min } from 'class-validator';
import { ArgsType, Field, Int, ObjectType, type ClassType } from 'type-graphql';
import type { CursorCodec, CursorOwner } from '../domain/cursor';
import type { PageRequest } from '../records/page';

export const DEFAULT_PAGE_SIZE = 50;
export const MAX_PAGE_SIZE = 1000;

@ObjectType({ description: 'Where a page lies in its list.', simpleResolvers: true })
export class PageInfo {
  @Field({ description: 'Whether the list goes on after this page.' })
  hasNextPage!: boolean;

  @Field({ description: 'Whether the page was asked for with `after`.' })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: 'Cursor of the first edge; null on an empty page.' })
  startCursor!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Cursor of the last edge: pass it as `after` to get the next page. Null on an empty page.',
  })
  endCursor!: string | null;
}

/** Arguments of every paged field. Extend it for a field with more arguments. */
@ArgsType()
export class PageArgs {
  @Field(() => Int, { defaultValue: DEFAULT_PAGE_SIZE, description: 'How many to answer with, 1 to 1000.' })
  @IsInt()
  @Min(1)
  @Max(MAX_PAGE_SIZE)
  first: number = DEFAULT_PAGE_SIZE;

  @Field(() => String, { nullable: true, description: 'Go on after this cursor, which an earlier page gave.' })
  @MaxLength(512)
  after?: string | null;
}

export interface Edge<T> {
  cursor: string;
  node: T;
}

export interface Connection<T> {
  edges: Edge<T>[];
  nodes: T[];
  pageInfo: PageInfo;
}

/**
 * A Relay connection type over `node`, and its edge type.
 * @param name ends in `Connection`; the edge is called the same with `Edge`.
 */
export function createConnection<T extends object>(node: ClassType<T>, name: string): ClassType<Connection<T>> {
  @ObjectType(name.replace(/Connection$/, 'Edge'), {
    description: 'One row of the list with its place.',
    simpleResolvers: true,
  })
  class EdgeOf {
    @Field({ description: 'Its place in the list, for `after`.' })
    cursor!: string;

    @Field(() => node, { description: 'The row itself.' })
    node!: T;
  }

  @ObjectType(name, { description: 'A page of a list.', simpleResolvers: true })
  class ConnectionOf {
    @Field(() => [EdgeOf], { description: 'The rows with their cursors.' })
    edges!: Edge<T>[];

    @Field(() => [node], { description: 'The rows alone.' })
    nodes!: T[];

    @Field(() => PageInfo, { description: 'Where the page lies in the list.' })
    pageInfo!: PageInfo;
  }

  return ConnectionOf;
}

/** Turns page arguments into requests to stores, and rows into connections. */
export class Pager {
  constructor(private readonly cursors: CursorCodec) {}

  /** @throws DomainError BAD_USER_INPUT for a cursor of another tenant, another list, or a damaged one. */
  request(owner: CursorOwner, list: string, args: PageArgs): PageRequest {
    return args.after
      ? { first: args.first, afterId: this.cursors.decode(owner, list, args.after) }
      : { first: args.first };
  }

  /**
   * @param list the same name as in `request`.
   * @param rows in list order, one more than `args.first` when the list goes on.
   */
  connection<R extends { readonly id: string }, T>(
    owner: CursorOwner,
    list: string,
    args: PageArgs,
    rows: readonly R[],
    toNode: (row: R) => T,
  ): Connection<T> {
    const edges = rows.slice(0, args.first).map((row) => ({
      cursor: this.cursors.encode(owner, list, row.id),
      node: toNode(row),
    }));
    return {
      edges,
      nodes: edges.map((edge) => edge.node),
      pageInfo: {
        hasNextPage: rows.length > args.first,
        hasPreviousPage: Boolean(args.after),
        startCursor: edges[0]?.cursor ?? null,
        endCursor: edges.at(-1)?.cursor ?? null,
      },
    };
  }
}
