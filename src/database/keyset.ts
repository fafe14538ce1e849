import type { Bound, Order, PageRequest } from '../records/page';
import { Prisma } from './generated/client';

type Place = Pick<PageRequest, 'after' | 'before' | 'backwards'>;

/** The condition (with its AND) of the rows between the places of a page, in a list that is ordered by a key, then by id. */
export function between(
  key: Prisma.Sql,
  keyType: Prisma.Sql,
  id: Prisma.Sql,
  page: Place,
  { direction }: Order,
): Prisma.Sql {
  const isRising = direction === 'ASC';
  const { after, before } = page;
  const lower = after
    ? Prisma.sql`AND (${key}, ${id}) ${comparison(isRising, after)} (CAST(${after.key} AS ${keyType}), ${after.id}::uuid)`
    : Prisma.empty;
  const upper = before
    ? Prisma.sql`AND (${key}, ${id}) ${comparison(!isRising, before)} (CAST(${before.key} AS ${keyType}), ${before.id}::uuid)`
    : Prisma.empty;
  return Prisma.sql`${lower} ${upper}`;
}

/** The same in a list that ids alone order. */
export function betweenIds(id: Prisma.Sql, idType: Prisma.Sql, page: Place, { direction }: Order): Prisma.Sql {
  const isRising = direction === 'ASC';
  const { after, before } = page;
  const lower = after
    ? Prisma.sql`AND ${id} ${comparison(isRising, after)} CAST(${after.id} AS ${idType})`
    : Prisma.empty;
  const upper = before
    ? Prisma.sql`AND ${id} ${comparison(!isRising, before)} CAST(${before.id} AS ${idType})`
    : Prisma.empty;
  return Prisma.sql`${lower} ${upper}`;
}

/** ASC or DESC, as the rows of the page are to come. */
export function directionOf(page: Place, { direction }: Order): Prisma.Sql {
  return (direction === 'ASC') !== (page.backwards ?? false) ? Prisma.sql`ASC` : Prisma.sql`DESC`;
}

function comparison(isAbove: boolean, { inclusive }: Bound): Prisma.Sql {
  if (isAbove) return inclusive ? Prisma.sql`>=` : Prisma.sql`>`;
  return inclusive ? Prisma.sql`<=` : Prisma.sql`<`;
}

/** For Prisma's `findMany`: the rows of a page of a list that ids order, the oldest first. */
export function idsBetween({ after, before, backwards }: Place) {
  return {
    where: {
      id: {
        ...(after ? { [after.inclusive ? 'gte' : 'gt']: after.id } : {}),
        ...(before ? { [before.inclusive ? 'lte' : 'lt']: before.id } : {}),
      },
    },
    orderBy: { id: backwards ? ('desc' as const) : ('asc' as const) },
  };
}
