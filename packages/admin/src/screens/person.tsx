import { PersonFacesDocument, type FaceOrderInput, type PersonFacesQuery } from '@likeness/client';
import { Button, Group, SegmentedControl, Select } from '@mantine/core';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useState, type ReactElement } from 'react';
import { rememberCollection } from '../collection-choice.tsx';
import { FaceBulk } from '../parts/face-bulk.tsx';
import { FaceGrid, type ShownFace } from '../parts/face-grid.tsx';
import { History } from '../parts/history.tsx';
import { Icon } from '../parts/icons.tsx';
import { PersonAbout } from '../parts/person-about.tsx';
import { Empty, Problem, Waiting } from '../parts/states.tsx';
import { hrefOf, type Place } from '../pure/routes.ts';
import { replaceQuery, useScrollMemory } from '../router.ts';
import { useSession } from '../session.tsx';

type Person = NonNullable<PersonFacesQuery['person']>;

const ORDERS = {
  newest: { label: 'Newest first', order: { field: 'CREATED_AT', direction: 'DESC' } },
  best: { label: 'Best first', order: { field: 'QUALITY', direction: 'DESC' } },
  worst: { label: 'Worst first', order: { field: 'QUALITY', direction: 'ASC' } },
  largest: { label: 'Largest first', order: { field: 'SIZE', direction: 'DESC' } },
} as const satisfies Readonly<Record<string, { readonly label: string; readonly order: FaceOrderInput }>>;

function sortOf(text: string | undefined): keyof typeof ORDERS {
  return text !== undefined && Object.hasOwn(ORDERS, text) ? (text as keyof typeof ORDERS) : 'newest';
}

export default function PersonScreen({ place }: { readonly place: Place }): ReactElement {
  const { client } = useSession();
  const sort = sortOf(place.query['sort']);
  const person = useInfiniteQuery({
    queryKey: ['person', place.id, sort],
    gcTime: 600_000,
    placeholderData: keepPreviousData,
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => {
      const variables = { id: place.id, first: 60, after: pageParam, orderBy: ORDERS[sort].order };
      return client.request(PersonFacesDocument, variables, { signal });
    },
    getNextPageParam: ({ person: found }) =>
      found?.faces.pageInfo.hasNextPage ? found.faces.pageInfo.endCursor : undefined,
  });
  const first = person.data?.pages[0]?.person;
  useScrollMemory(person.data !== undefined);
  useEffect(() => {
    if (first) rememberCollection(first.collectionId);
  }, [first]);
  if (person.error) return <Problem error={person.error} retry={() => void person.refetch()} />;
  if (!person.data) return <Waiting />;
  if (!first) {
    return (
      <Empty
        icon="people"
        title="This person is not here any more"
        action={
          <Button component="a" href={hrefOf('people')}>
            All people
          </Button>
        }
      >
        They may have been deleted or merged into somebody else.
      </Empty>
    );
  }
  const faces = person.data.pages.flatMap((page) => page.person?.faces.nodes ?? []);
  return (
    <>
      <a className="back" href={hrefOf('people', first.collectionId)} onClick={goBack}>
        <Icon name="back" size={18} /> People
      </a>
      <PersonAbout person={first} cover={first.cover.nodes[0]?.cropUrl} />
      <Faces
        person={first}
        faces={faces}
        sort={sort}
        order={(next) => replaceQuery(place, { sort: next === 'newest' ? undefined : next })}
      />
      {person.hasNextPage && (
        <Group justify="center" mt="md">
          <Button variant="default" onClick={() => void person.fetchNextPage()} loading={person.isFetchingNextPage}>
            Show more faces
          </Button>
        </Group>
      )}
      <PersonHistory person={first} />
    </>
  );
}

function PersonHistory({ person }: { readonly person: Person }): ReactElement {
  const { may } = useSession();
  return <History person={person} mayUndo={may('WRITE')} />;
}

function Faces(props: {
  readonly person: Person;
  readonly faces: readonly ShownFace[];
  readonly sort: keyof typeof ORDERS;
  readonly order: (sort: string) => void;
}): ReactElement {
  const { person, faces } = props;
  const { may } = useSession();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [view, setView] = useState('crops');
  const chosen = faces.filter(({ id }) => selected.has(id)).map(({ id }) => id);
  return (
    <>
      <div className="faces-head">
        <h2>Faces</h2>
        <Group gap="xs">
          <Select
            size="xs"
            w={136}
            aria-label="Order of the faces"
            data={Object.entries(ORDERS).map(([value, { label }]) => ({ value, label }))}
            value={props.sort}
            onChange={(next) => next && props.order(next)}
            allowDeselect={false}
          />
          <SegmentedControl
            size="xs"
            aria-label="How faces are shown"
            value={view}
            onChange={setView}
            data={[
              { value: 'crops', label: 'Faces' },
              { value: 'images', label: 'Whole images' },
            ]}
          />
        </Group>
      </div>
      {faces.length === 0 ? (
        <Empty
          icon="image"
          title="No face yet"
          action={
            may('ENROLL') && (
              <Button component="a" href={hrefOf('add', person.collectionId)}>
                Add images
              </Button>
            )
          }
        >
          Searches find {person.displayName} once there is a face of theirs.
        </Empty>
      ) : (
        <FaceGrid
          faces={faces}
          selected={selected}
          select={may('WRITE') ? setSelected : undefined}
          wholeImages={view === 'images'}
        />
      )}
      <FaceBulk person={person} faceIds={chosen} clear={() => setSelected(new Set())} />
    </>
  );
}

/** Back to where one came from, where the list keeps its place. */
function goBack(event: React.MouseEvent): void {
  if (history.length < 2 || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  history.back();
}
