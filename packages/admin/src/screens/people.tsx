import { PeopleDocument, type PeopleQuery, type PersonOrderInput } from '@likeness/client';
import { Button, Select, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useRef, useState, type ReactElement } from 'react';
import { rememberCollection, useCollection } from '../collection-choice.tsx';
import { Crop } from '../parts/crop.tsx';
import { Icon } from '../parts/icons.tsx';
import { NoCollection } from '../parts/no-collection.tsx';
import { Empty, Problem, ScreenHead, Waiting } from '../parts/states.tsx';
import { gridOf } from '../pure/grid.ts';
import { hrefOf, type Place } from '../pure/routes.ts';
import { count } from '../pure/words.ts';
import { replaceQuery, useScrollMemory } from '../router.ts';
import { useSession } from '../session.tsx';

type Person = PeopleQuery['persons']['nodes'][number];

const ORDERS: Readonly<Record<string, { readonly label: string; readonly order: PersonOrderInput }>> = {
  name: { label: 'By name', order: { field: 'NAME', direction: 'ASC' } },
  newest: { label: 'Newest first', order: { field: 'CREATED_AT', direction: 'DESC' } },
  oldest: { label: 'Oldest first', order: { field: 'CREATED_AT', direction: 'ASC' } },
};

export default function People({ place }: { readonly place: Place }): ReactElement {
  const { may } = useSession();
  const { id: collectionId, collection, isEmpty } = useCollection(place);
  const [text, setText] = useState(place.query['text'] ?? '');
  const [asked] = useDebouncedValue(text.trim(), 200);
  const sort = ORDERS[place.query['sort'] ?? ''] ? place.query['sort']! : 'name';
  useEffect(() => {
    if (asked !== (place.query['text'] ?? '')) replaceQuery(place, { text: asked || undefined });
  }, [asked, place]);
  useEffect(() => rememberCollection(collectionId), [collectionId]);
  const people = usePeople(collectionId, asked, sort);
  const rows = people.data?.pages.flatMap((page) => page.persons.nodes) ?? [];
  const total = people.data?.pages[0]?.persons.totalCount;
  useScrollMemory(people.data !== undefined);
  if (isEmpty) return <NoCollection />;
  return (
    <>
      <ScreenHead
        title="People"
        text={people.data && <Counted total={total} shown={rows.length} isSearch={asked !== ''} />}
      >
        {may('ENROLL') && (
          <Button component="a" href={hrefOf('add', collectionId)} leftSection={<Icon name="add" size={18} />}>
            Add images
          </Button>
        )}
      </ScreenHead>
      <div className="toolbar">
        <TextInput
          className="toolbar-search"
          aria-label="Search people by name or id"
          placeholder="Search by name or id"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          leftSection={<Icon name="search" size={16} />}
          type="search"
        />
        <Select
          aria-label="Order"
          w={160}
          data={Object.entries(ORDERS).map(([value, { label }]) => ({ value, label }))}
          value={sort}
          onChange={(next) => next && replaceQuery(place, { sort: next === 'name' ? undefined : next })}
          allowDeselect={false}
        />
      </div>
      {people.error ? (
        <Problem error={people.error} retry={() => void people.refetch()} />
      ) : !people.data ? (
        <Waiting what="Fetching people" />
      ) : rows.length > 0 ? (
        <Grid
          people={rows}
          more={people.hasNextPage && !people.isFetchingNextPage ? () => void people.fetchNextPage() : undefined}
        />
      ) : asked ? (
        <Empty icon="search" title="Nobody is called that">
          Nobody in {collection?.name ?? 'this collection'} has “{asked}” in their name or id.
        </Empty>
      ) : (
        <Empty
          icon="people"
          title="Nobody is here yet"
          action={
            may('ENROLL') && (
              <Button component="a" href={hrefOf('add', collectionId)} leftSection={<Icon name="add" size={18} />}>
                Add images
              </Button>
            )
          }
        >
          Drop a folder for each person, and they appear here. Photographs without names can be named later.
        </Empty>
      )}
    </>
  );
}

function Counted(props: {
  readonly total: number | null | undefined;
  readonly shown: number;
  readonly isSearch: boolean;
}): ReactElement {
  const { total, shown, isSearch } = props;
  const number =
    total === null || total === undefined
      ? `more than ${shown.toLocaleString('en')} people`
      : count(total, 'person', 'people');
  return (
    <span role="status" aria-live="polite">
      {isSearch ? `${number} found` : number}
    </span>
  );
}

function usePeople(collectionId: string, text: string, sort: string) {
  const { client } = useSession();
  return useInfiniteQuery({
    queryKey: ['people', collectionId, text, sort],
    enabled: collectionId !== '',
    placeholderData: keepPreviousData,
    gcTime: 600_000,
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      client.request(
        PeopleDocument,
        {
          collectionId,
          filter: text ? { text } : undefined,
          orderBy: ORDERS[sort]!.order,
          first: 60,
          after: pageParam,
          withTotal: pageParam === null,
        },
        { signal },
      ),
    getNextPageParam: ({ persons: { pageInfo } }) => (pageInfo.hasNextPage ? pageInfo.endCursor : undefined),
  });
}

/** Only the rows that are in sight are in the page, however many people there are. */
function Grid({
  people,
  more,
}: {
  readonly people: readonly Person[];
  readonly more: (() => void) | undefined;
}): ReactElement {
  const ref = useRef<HTMLDivElement>(null);
  const [box, setBox] = useState({ width: 0, top: 0 });
  useLayoutEffect(() => {
    const element = ref.current!;
    const measure = (): void =>
      setBox({ width: element.clientWidth, top: element.getBoundingClientRect().top + window.scrollY });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const { columns, rowHeight } = gridOf(box.width);
  const rows = Math.ceil(people.length / columns);
  const virtual = useWindowVirtualizer({
    count: rows,
    estimateSize: () => rowHeight,
    overscan: 4,
    scrollMargin: box.top,
  });
  useEffect(() => virtual.measure(), [rowHeight, virtual]);
  const shown = virtual.getVirtualItems();
  const lastRow = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (lastRow >= rows - 3) more?.();
  }, [lastRow, rows, more]);
  return (
    <div ref={ref} className="people" style={{ height: virtual.getTotalSize() }} role="list" aria-label="People">
      {box.width > 0 &&
        shown.map((row) => (
          <div
            key={row.key}
            className="people-row"
            role="presentation"
            style={{
              gridTemplateColumns: `repeat(${columns}, 1fr)`,
              height: rowHeight,
              transform: `translateY(${row.start - box.top}px)`,
            }}
          >
            {people.slice(row.index * columns, (row.index + 1) * columns).map((person) => (
              <PersonCard key={person.id} person={person} />
            ))}
          </div>
        ))}
    </div>
  );
}

function PersonCard({ person }: { readonly person: Person }): ReactElement {
  return (
    <div role="listitem">
      <a className="person-card" href={hrefOf('person', person.id)}>
        <Crop url={person.faces.nodes[0]?.cropUrl} alt="" eager />
        <span className="person-name">{person.displayName}</span>
        <Text component="span" size="sm" c="dimmed">
          {count(person.faceCount, 'face')}
        </Text>
      </a>
    </div>
  );
}
