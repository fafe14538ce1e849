import { CollectionsDocument, type CollectionsQuery } from '@likeness/client';
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { Place } from './pure/routes.ts';
import { useSession } from './session.tsx';

export type Collection = CollectionsQuery['collections']['nodes'][number];

const MAX_LISTED = 200;

/** The collections, by name. */
export function useCollections(): UseQueryResult<readonly Collection[]> {
  const { client, may, session } = useSession();
  return useQuery({
    queryKey: ['collections'],
    enabled: session.tenant !== null && may('READ'),
    queryFn: async ({ signal }) => {
      const variables = { first: MAX_LISTED, orderBy: { field: 'NAME', direction: 'ASC' } } as const;
      const { collections } = await client.request(CollectionsDocument, variables, { signal });
      return collections.nodes;
    },
  });
}

/** The one that was looked at last, while the page is open. */
let last = '';

const OF_COLLECTION = ['people', 'add', 'search', 'unnamed'];

/** The collection of a place, or the one that was looked at last, or the largest; empty when there is none. */
export function useCollectionChoice(place: Place): string {
  const { data = [] } = useCollections();
  const isOfPlace = OF_COLLECTION.includes(place.screen) && place.id !== '';
  useEffect(() => {
    if (isOfPlace) last = place.id;
  }, [isOfPlace, place.id]);
  if (isOfPlace) return place.id;
  if (data.some(({ id }) => id === last)) return last;
  const largest = [...data].sort((a, b) => b.faceCount - a.faceCount)[0];
  return largest?.id ?? '';
}

/** Says that a screen looks at a collection, so that the menu leads back to it. */
export function rememberCollection(id: string): void {
  last = id;
}

/** The collection that a screen shows. */
export function useCollection(place: Place): {
  readonly id: string;
  readonly collection: Collection | undefined;
  readonly isEmpty: boolean;
} {
  const { data } = useCollections();
  const id = useCollectionChoice(place);
  return { id, collection: data?.find((one) => one.id === id), isEmpty: data?.length === 0 };
}
