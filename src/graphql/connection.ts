import { IsInt, Max, MaxLength, Min } from 'class-validator';
import { ArgsType, Field, Int, ObjectType, type ClassType } from 'type-graphql';
import { MAX_CURSOR_LENGTH } from '../domain/cursor';
import { Cost } from './limits';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from './page-size';

@ObjectType({ description: 'Where a page lies in its list.', simpleResolvers: true })
export class PageInfo {
  @Cost(20)
  @Field({ description: 'Whether the list goes on after this page.' })
  hasNextPage!: boolean;

  @Cost(20)
  @Field({ description: 'Whether the list has rows before this page.' })
  hasPreviousPage!: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'Cursor of the first edge: pass it as `before` to get the page before. Null on an empty page.',
  })
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
  @Field(() => Int, {
    nullable: true,
    description: `How many from the beginning, 1 to ${MAX_PAGE_SIZE}; ${DEFAULT_PAGE_SIZE} when \`last\` is left out, too.`,
  })
  @IsInt()
  @Min(1)
  @Max(MAX_PAGE_SIZE)
  first?: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'Only what comes after this cursor, which an earlier page of the same order gave.',
  })
  @MaxLength(MAX_CURSOR_LENGTH)
  after?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: `How many from the end, 1 to ${MAX_PAGE_SIZE}, in place of \`first\`.`,
  })
  @IsInt()
  @Min(1)
  @Max(MAX_PAGE_SIZE)
  last?: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'Only what comes before this cursor, which an earlier page of the same order gave.',
  })
  @MaxLength(MAX_CURSOR_LENGTH)
  before?: string | null;
}

export interface Edge<T> {
  cursor: string;
  node: T;
}

/** A page. What is not in it is looked up when it is asked for. */
export interface Connection<T> {
  edges: Edge<T>[];
  nodes: T[];
  pageInfo: {
    hasNextPage: boolean | (() => Promise<boolean>);
    hasPreviousPage: boolean | (() => Promise<boolean>);
    startCursor: string | null;
    endCursor: string | null;
  };
  totalCount: () => Promise<number | null>;
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
    @Field({ description: 'Its place in the list, for `after` and `before`.' })
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
    pageInfo!: Connection<T>['pageInfo'];

    @Cost(1_000)
    @Field(() => Int, {
      nullable: true,
      description:
        'How many rows the whole list has, on all its pages. Counted when it is asked for, and exactly, or null: when there are more than 100,000, or when counting takes longer than 2 seconds.',
    })
    totalCount!: Connection<T>['totalCount'];
  }

  return ConnectionOf;
}
