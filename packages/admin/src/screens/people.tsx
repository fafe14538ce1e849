import { Button, Select, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useEffect, useRef, useState, type ReactElement } from 'react';
import { rememberCollection, useCollection } from '../collection-choice.tsx';
import { Icon } from '../parts/icons.tsx';
import { LetterBar } from '../parts/jump-bar.tsx';
import { NoCollection } from '../parts/no-collection.tsx';
import { PeopleBulk } from '../parts/people-bulk.tsx';
import { PeopleGrid, type ChosenPeople } from '../parts/people-grid.tsx';
import { Empty, Problem, ScreenHead, Waiting } from '../parts/states.tsx';
import { nameOf, ORDERS, sortOf, useFirstPage, type ListedPeople } from '../people-list.ts';
import { hrefOf, type Place } from '../pure/routes.ts';
import { count } from '../pure/words.ts';
import { replaceQuery } from '../router.ts';
import { useSession } from '../session.tsx';

const NOBODY: ChosenPeople = new Map();

/** A day as a list of the newest begins at its end, and one of the oldest at its beginning; in the time of who looks. */
function startOfDay(day: string, sort: ListedPeople['sort']): string {
  if (!/^\d{4}-\d\d-\d\d$/.test(day)) return '';
  return new Date(`${day}T${sort === 'newest' ? '23:59:59.999' : '00:00:00'}`).toISOString();
}

export default function People({ place }: { readonly place: Place }): ReactElement {
  const { may } = useSession();
  const { id: collectionId, collection, isEmpty } = useCollection(place);
  const [text, setText] = useState(place.query['text'] ?? '');
  const [asked] = useDebouncedValue(text.trim(), 200);
  const sort = sortOf(place.query['sort']);
  const at = place.query['at'] ?? '';
  const isByTime = sort === 'newest' || sort === 'oldest';
  useEffect(() => {
    if (asked !== (place.query['text'] ?? '')) replaceQuery(place, { text: asked || undefined, at: undefined });
  }, [asked, place]);
  useEffect(() => rememberCollection(collectionId), [collectionId]);
  const listed: ListedPeople = {
    collectionId,
    text: asked,
    sort,
    startAt: asked || sort === 'faces' ? '' : isByTime ? startOfDay(at, sort) : at,
  };
  const people = useFirstPage(listed);
  // The list whose first page is shown: another one takes its place once it has come.
  const shown = useRef(listed);
  if (!people.isPlaceholderData) shown.current = listed;
  const [chosen, setChosen] = useState<ChosenPeople>(NOBODY);
  const list = people.data?.persons;
  if (isEmpty) return <NoCollection />;
  const addImages = may('ENROLL') && (
    <Button component="a" href={hrefOf('add', collectionId)} leftSection={<Icon name="add" size={18} />}>
      Add images
    </Button>
  );
  const jump = (startAt: string): void => replaceQuery(place, { at: startAt || undefined });
  return (
    <>
      <ScreenHead title="People" text={list && <Counted total={list.totalCount} isSearch={asked !== ''} />}>
        {addImages}
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
          w={168}
          data={Object.entries(ORDERS).map(([value, { label }]) => ({ value, label }))}
          value={sort}
          onChange={(next) => next && replaceQuery(place, { sort: next === 'name' ? undefined : next, at: undefined })}
          allowDeselect={false}
        />
        {isByTime && !asked && (
          <TextInput
            type="date"
            aria-label="Jump to a day"
            value={at}
            onChange={(event) => jump(event.currentTarget.value)}
          />
        )}
      </div>
      {sort === 'name' && !asked && <LetterBar startAt={at} jump={jump} />}
      {people.error ? (
        <Problem error={people.error} retry={() => void people.refetch()} />
      ) : !list ? (
        <Waiting what="Fetching people" />
      ) : list.nodes.length > 0 ? (
        <PeopleGrid
          key={nameOf(shown.current)}
          listed={shown.current}
          total={list.totalCount ?? undefined}
          chosen={chosen}
          choose={may('WRITE') ? setChosen : undefined}
        />
      ) : asked ? (
        <Empty icon="search" title="Nobody is called that">
          Nobody in {collection?.name ?? 'this collection'} has “{asked}” in their name or id.
        </Empty>
      ) : listed.startAt ? (
        <Empty
          icon="people"
          title="Nobody comes after that"
          action={
            <Button variant="default" onClick={() => jump('')}>
              From the beginning
            </Button>
          }
        >
          The list ends before it.
        </Empty>
      ) : (
        <Empty icon="people" title="Nobody is here yet" action={addImages}>
          Drop a folder for each person, and they appear here. Photographs without names can be named later.
        </Empty>
      )}
      <PeopleBulk chosen={chosen} clear={() => setChosen(NOBODY)} />
    </>
  );
}

function Counted(props: { readonly total: number | null | undefined; readonly isSearch: boolean }): ReactElement {
  const { total, isSearch } = props;
  const number = total == null ? 'more than 100,000 people' : count(total, 'person', 'people');
  return (
    <span role="status" aria-live="polite">
      {isSearch ? `${number} found` : number}
    </span>
  );
}
