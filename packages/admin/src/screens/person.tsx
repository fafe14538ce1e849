import {
  DeleteFacesDocument,
  DeletePersonsDocument,
  MergePersonsDocument,
  MergePreviewDocument,
  NameFacesDocument,
  PersonFacesDocument,
  RejectMatchDocument,
  UndoDocument,
  type PersonFacesQuery,
} from '@likeness/client';
import { Button, Group, Menu, SegmentedControl, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, type ReactElement } from 'react';
import { rememberCollection } from '../collection-choice.tsx';
import { Confirm, type Question } from '../parts/confirm.tsx';
import { Crop } from '../parts/crop.tsx';
import { FaceGrid, type ShownFace } from '../parts/face-grid.tsx';
import { Icon } from '../parts/icons.tsx';
import { Metadata } from '../parts/metadata.tsx';
import { PersonForm } from '../parts/person-form.tsx';
import { History } from '../parts/history.tsx';
import { namedPerson, PersonPicker, type Picked } from '../parts/person-picker.tsx';
import { Empty, Problem, Waiting } from '../parts/states.tsx';
import { hrefOf, type Place } from '../pure/routes.ts';
import { count, day } from '../pure/words.ts';
import { go, useScrollMemory } from '../router.ts';
import { sentenceOf, useSession } from '../session.tsx';

type Person = NonNullable<PersonFacesQuery['person']>;

export default function PersonScreen({ place }: { readonly place: Place }): ReactElement {
  const { client } = useSession();
  const person = useInfiniteQuery({
    queryKey: ['person', place.id],
    gcTime: 600_000,
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      client.request(PersonFacesDocument, { id: place.id, first: 60, after: pageParam }, { signal }),
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
    <Known
      person={first}
      faces={faces}
      more={person.hasNextPage ? () => void person.fetchNextPage() : undefined}
      isLoading={person.isFetchingNextPage}
    />
  );
}

function Known(props: {
  readonly person: Person;
  readonly faces: readonly ShownFace[];
  readonly more: (() => void) | undefined;
  readonly isLoading: boolean;
}): ReactElement {
  const { person, faces } = props;
  const { client, may } = useSession();
  const queries = useQueryClient();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [question, setQuestion] = useState<Question | null>(null);
  const [isPicking, setPicking] = useState(false);
  const [isMerging, setMerging] = useState(false);
  const [isEditing, setEditing] = useState(false);
  const [view, setView] = useState('crops');
  const chosen = faces.filter(({ id }) => selected.has(id)).map(({ id }) => id);
  const refresh = async (): Promise<void> => {
    setSelected(new Set());
    await queries.invalidateQueries();
  };
  /** Says what was done, with a way back. */
  const tell = (message: string, undo?: () => Promise<unknown>): void => {
    const id = notifications.show({
      autoClose: 10_000,
      message: (
        <Group justify="space-between" wrap="nowrap">
          <span>{message}</span>
          {undo && (
            <Button
              size="compact-sm"
              variant="light"
              onClick={() => {
                notifications.hide(id);
                void undo()
                  .then(refresh)
                  .catch((error: unknown) => notifications.show({ color: 'red', message: sentenceOf(error) }));
              }}
            >
              Undo
            </Button>
          )}
        </Group>
      ),
    });
  };
  const undoOf = (operationId: string | null | undefined) =>
    operationId == null ? undefined : () => client.request(UndoDocument, { input: { operationId } });
  const move = async (to: Picked): Promise<void> => {
    const input = { faceIds: chosen, person: namedPerson(to) };
    const { nameFaces } = await client.request(NameFacesDocument, { input });
    const oddities = nameFaces.warnings.map(({ message }) => message);
    tell(
      [`${count(chosen.length, 'face')} moved to ${to.displayName}.`, ...oddities].join(' '),
      undoOf(nameFaces.operationId),
    );
    await refresh();
  };
  const reject = async (): Promise<void> => {
    try {
      const input = { faceIds: chosen, personId: person.id };
      const { rejectMatch } = await client.request(RejectMatchDocument, { input });
      tell(
        `${count(chosen.length, 'face')} taken from ${person.displayName}, for good.`,
        undoOf(rejectMatch.operationId),
      );
      await refresh();
    } catch (error) {
      notifications.show({ color: 'red', message: sentenceOf(error) });
    }
  };
  /** Shows what a merge would do before it is done. */
  const askMerge = async (into: Picked): Promise<void> => {
    const intoId = into.id!;
    const { mergePreview } = await client.request(MergePreviewDocument, { intoId, personIds: [person.id] });
    const oddities = mergePreview.warnings.map(({ message }) => ` ${message}`).join('');
    setQuestion({
      title: `Are ${person.displayName} and ${into.displayName} one person?`,
      text: `${count(mergePreview.faceCount, 'face')} of ${person.displayName} become those of ${into.displayName}, who keeps name and id.${oddities} This can be undone.`,
      yes: 'Merge them',
      act: async () => {
        const input = { intoId, personIds: [person.id] };
        const { mergePersons } = await client.request(MergePersonsDocument, { input });
        go('person', intoId);
        tell(`${person.displayName} is ${into.displayName} now.`, undoOf(mergePersons.operation.id));
        await refresh();
      },
    });
  };
  const askDeleteFaces = (): void =>
    setQuestion({
      title: `Delete ${count(chosen.length, 'face')}?`,
      text: 'They are gone for good, with the images that hold nobody else. Searches do not find them any more.',
      yes: 'Delete',
      isDangerous: true,
      act: async () => {
        await client.request(DeleteFacesDocument, { input: { faceIds: chosen } });
        await refresh();
      },
    });
  const askDelete = (keepFaces: boolean): void =>
    setQuestion({
      title: keepFaces ? `Forget the name of ${person.displayName}?` : `Delete ${person.displayName}?`,
      text: keepFaces
        ? 'The person is deleted. Their faces stay, named by nobody, and searches find them without a name.'
        : `${person.displayName} is gone for good, with ${count(person.faceCount, 'face')} and their images. There is no way back.`,
      yes: keepFaces ? 'Forget the name' : 'Delete',
      isDangerous: true,
      act: async () => {
        await client.request(DeletePersonsDocument, { input: { personIds: [person.id], keepFaces } });
        go('people', person.collectionId);
        await queries.invalidateQueries();
      },
    });
  return (
    <>
      <a className="back" href={hrefOf('people', person.collectionId)} onClick={goBack}>
        <Icon name="back" size={18} /> People
      </a>
      <header className="person-head">
        <div className="person-cover">
          <Crop url={faces[0]?.cropUrl} alt="" eager />
        </div>
        <div className="person-about">
          <h1 className="person-title">{person.displayName}</h1>
          <Text c="dimmed">
            {count(person.faceCount, 'face')} · known since {day(person.createdAt)}
            {person.externalId && person.externalId !== person.displayName ? ` · id ${person.externalId}` : ''}
          </Text>
          <Metadata metadata={person.metadata} />
          {may('WRITE') && (
            <Group mt="sm" gap="xs">
              <Button
                size="sm"
                variant="default"
                leftSection={<Icon name="edit" size={16} />}
                onClick={() => setEditing(true)}
              >
                Rename or edit
              </Button>
              <Button size="sm" variant="default" onClick={() => setMerging(true)}>
                Merge with…
              </Button>
              <Menu position="bottom-start">
                <Menu.Target>
                  <Button size="sm" variant="subtle" color="red" leftSection={<Icon name="trash" size={16} />}>
                    Delete
                  </Button>
                </Menu.Target>
                <Menu.Dropdown>
                  <Menu.Item onClick={() => askDelete(true)}>The name only; the faces stay</Menu.Item>
                  <Menu.Item color="red" onClick={() => askDelete(false)}>
                    The person and all their images
                  </Menu.Item>
                </Menu.Dropdown>
              </Menu>
            </Group>
          )}
        </div>
      </header>
      <div className="faces-head">
        <h2>Faces</h2>
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
      {props.more && (
        <Group justify="center" mt="md">
          <Button variant="default" onClick={props.more} loading={props.isLoading}>
            Show more faces
          </Button>
        </Group>
      )}
      {chosen.length > 0 && (
        <div className="bulk" role="region" aria-label="With the chosen faces">
          <Text fw={600}>{count(chosen.length, 'face')} chosen</Text>
          <Group gap="xs">
            <Button size="sm" onClick={() => setPicking(true)}>
              Move to…
            </Button>
            <Button size="sm" variant="default" onClick={() => void reject()}>
              Not {person.displayName}
            </Button>
            <Button size="sm" variant="default" onClick={askDeleteFaces}>
              Delete
            </Button>
            <Button size="sm" variant="subtle" color="gray" onClick={() => setSelected(new Set())}>
              Cancel
            </Button>
          </Group>
        </div>
      )}
      <PersonPicker
        isOpen={isPicking}
        title={`Whose ${chosen.length === 1 ? 'face is it' : 'faces are they'}?`}
        collectionId={person.collectionId}
        without={person.id}
        mayMake
        pick={move}
        close={() => setPicking(false)}
      />
      <PersonPicker
        isOpen={isMerging}
        title={`Who is ${person.displayName}, too?`}
        collectionId={person.collectionId}
        without={person.id}
        mayMake={false}
        pick={askMerge}
        close={() => setMerging(false)}
      />
      <History person={person} mayUndo={may('WRITE')} />
      <PersonForm person={isEditing ? person : null} close={() => setEditing(false)} />
      <Confirm question={question} close={() => setQuestion(null)} />
    </>
  );
}

/** Back to where one came from, where the list keeps its place. */
function goBack(event: React.MouseEvent): void {
  if (history.length < 2 || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  history.back();
}
