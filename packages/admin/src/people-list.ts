import { PeopleDocument, type PeopleQuery, type PersonOrderInput } from '@likeness/client';
import { keepPreviousData, queryOptions, useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { NEW_CHAIN, PAGE_SIZE, pagesOf, withPage, type PageChain } from './pure/people-pages.ts';
import { useSession, type SignedIn } from './session.tsx';

export type Person = PeopleQuery['persons']['nodes'][number];

export const ORDERS = {
  name: { label: 'By name', order: { field: 'NAME', direction: 'ASC' } },
  newest: { label: 'Newest first', order: { field: 'CREATED_AT', direction: 'DESC' } },
  oldest: { label: 'Oldest first', order: { field: 'CREATED_AT', direction: 'ASC' } },
  faces: { label: 'Most faces first', order: { field: 'FACE_COUNT', direction: 'DESC' } },
} as const satisfies Readonly<Record<string, { readonly label: string; readonly order: PersonOrderInput }>>;
export type Sort = keyof typeof ORDERS;

export function sortOf(text: string | undefined): Sort {
  return text !== undefined && Object.hasOwn(ORDERS, text) ? (text as Sort) : 'name';
}

/** Which people are listed, and how. */
export interface ListedPeople {
  readonly collectionId: string;
  readonly text: string;
  readonly sort: Sort;
  /** Where the list begins; empty: at its beginning. */
  readonly startAt: string;
}

/** Chains of lists that were looked at, so that coming back finds the place: the newest are at the end. */
const chains = new Map<string, PageChain>();
const MOST_CHAINS = 20;
/** How long a page is kept that is out of sight. */
const KEPT_MS = 600_000;

export const nameOf = ({ collectionId, text, sort, startAt }: ListedPeople): string =>
  JSON.stringify([collectionId, text, sort, startAt]);

const pageOf = (client: SignedIn['client'], listed: ListedPeople, after: string | null) =>
  queryOptions({
    queryKey: ['people', nameOf(listed), after],
    gcTime: KEPT_MS,
    queryFn: ({ signal }) => {
      const { collectionId, text, sort, startAt } = listed;
      const place = after === null ? { startAt: startAt || undefined } : { after };
      const variables = {
        collectionId,
        filter: text ? { text } : undefined,
        orderBy: ORDERS[sort].order,
        first: PAGE_SIZE,
        withTotal: after === null,
        ...place,
      };
      return client.request(PeopleDocument, variables, { signal });
    },
  });

/** The first page. Until that of another list has come, the one before is shown. */
export function useFirstPage(listed: ListedPeople) {
  const { client } = useSession();
  return useQuery({
    ...pageOf(client, listed, null),
    enabled: listed.collectionId !== '',
    placeholderData: keepPreviousData,
  });
}

type Chained = readonly [chain: PageChain, setChain: (next: (chain: PageChain) => PageChain) => void];

/** How far a list can be gone through. Of one list: a component for another is another one. */
export function usePageChain(listed: ListedPeople): Chained {
  const name = nameOf(listed);
  const [chain, setChain] = useState<PageChain>(() => chains.get(name) ?? NEW_CHAIN);
  useEffect(() => {
    chains.delete(name);
    chains.set(name, chain);
    if (chains.size > MOST_CHAINS) chains.delete(chains.keys().next().value!);
  }, [name, chain]);
  return [chain, setChain];
}

/** Fetches the pages of these rows, and the next: `personAt` says who stands in a row, here and wherever one was a while ago. */
export function usePeopleInSight(listed: ListedPeople, [chain, setChain]: Chained, firstRow: number, lastRow: number) {
  const { client } = useSession();
  const queries = useQueryClient();
  const indexes = pagesOf(chain, firstRow, lastRow);
  const found = useQueries({ queries: indexes.map((index) => pageOf(client, listed, chain.cursors[index]!)) });
  const fetched = found.flatMap(({ data }, at) =>
    data
      ? [
          {
            index: indexes[at]!,
            rows: data.persons.nodes.length,
            next: data.persons.pageInfo.hasNextPage ? (data.persons.pageInfo.endCursor ?? null) : null,
          },
        ]
      : [],
  );
  const key = JSON.stringify(fetched);
  useEffect(() => {
    setChain((before) => fetched.reduce(withPage, before));
    // What was fetched is said by its text.
  }, [key, setChain]);
  return {
    error: found.find(({ error }) => error)?.error ?? null,
    personAt: (row: number): Person | undefined => {
      const cursor = chain.cursors[Math.floor(row / PAGE_SIZE)];
      if (cursor === undefined) return undefined;
      return queries.getQueryData(pageOf(client, listed, cursor).queryKey)?.persons.nodes[row % PAGE_SIZE];
    },
  };
}
