import {
  AssignFacesDocument,
  FacesDocument,
  SearchFacesDocument,
  UnassignFacesDocument,
  type FaceFieldsFragment,
  type SearchFacesQuery,
} from '@likeness/client';
import { Alert, Badge, Button, Checkbox, Group, Kbd, Paper, Stack, Text, Title } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useState, type ReactElement } from 'react';
import { useCollection } from '../collection-choice.tsx';
import { Crop } from '../parts/crop.tsx';
import { Icon } from '../parts/icons.tsx';
import { NoCollection } from '../parts/no-collection.tsx';
import { PersonPicker, type Picked } from '../parts/person-picker.tsx';
import { Empty, Problem, ScreenHead, Waiting } from '../parts/states.tsx';
import { hrefOf, type Place } from '../pure/routes.ts';
import { count } from '../pure/words.ts';
import { sentenceOf, useSession } from '../session.tsx';

type Match = SearchFacesQuery['searchFaces']['probes'][number]['matches'][number];

/** Below the threshold of a search a suggestion is still worth a look. */
const SUGGEST_FROM = 50;
const PAGE = 100;

interface Done {
  readonly faceIds: readonly string[];
  readonly name: string;
}

/** One group after the other: a face that nobody has named, those that look like it, and who it may be. */
export default function Unnamed({ place }: { readonly place: Place }): ReactElement {
  const { client, may } = useSession();
  const queries = useQueryClient();
  const { id: collectionId, isEmpty } = useCollection(place);
  const faces = useQuery({
    queryKey: ['unnamed', collectionId],
    enabled: collectionId !== '',
    refetchOnWindowFocus: false,
    queryFn: async ({ signal }) => {
      const filter = { collectionId, assigned: false } as const;
      const { faces: found } = await client.request(
        FacesDocument,
        { filter, first: PAGE, withTotal: true },
        { signal },
      );
      return found;
    },
  });
  const [gone, setGone] = useState<ReadonlySet<string>>(new Set());
  const [history, setHistory] = useState<readonly Done[]>([]);
  const [problem, setProblem] = useState<string | null>(null);
  const open = useMemo(() => (faces.data?.nodes ?? []).filter(({ id }) => !gone.has(id)), [faces.data, gone]);
  const take = (ids: readonly string[]): void => setGone((before) => new Set([...before, ...ids]));
  const assign = async (faceIds: readonly string[], person: Picked): Promise<void> => {
    await client.request(AssignFacesDocument, { input: { faceIds, personId: person.id } });
    setHistory((before) => [...before, { faceIds, name: person.displayName }]);
    take(faceIds);
    void queries.invalidateQueries({ queryKey: ['people'] });
  };
  const undo = useCallback(async (): Promise<void> => {
    const last = history.at(-1);
    if (!last) return;
    try {
      await client.request(UnassignFacesDocument, { input: { faceIds: last.faceIds } });
      setHistory((before) => before.slice(0, -1));
      setGone((before) => new Set([...before].filter((id) => !last.faceIds.includes(id))));
    } catch (error) {
      setProblem(sentenceOf(error));
    }
  }, [client, history]);
  if (isEmpty) return <NoCollection />;
  if (faces.error) return <Problem error={faces.error} retry={() => void faces.refetch()} />;
  if (!faces.data) return <Waiting what="Looking for unnamed faces" />;
  const [first] = open;
  const left = Math.max(0, (faces.data.totalCount ?? 0) - gone.size);
  const more = (): void => {
    setGone(new Set());
    void faces.refetch();
  };
  return (
    <>
      <ScreenHead
        title="Unnamed faces"
        text={<span role="status">{count(left, 'face')} left that nobody has named</span>}
      >
        {history.length > 0 && (
          <Button variant="default" onClick={() => void undo()} rightSection={<Kbd size="xs">U</Kbd>}>
            Undo {history.at(-1)!.name}
          </Button>
        )}
      </ScreenHead>
      {problem && (
        <Alert color="red" mb="md" role="alert" withCloseButton onClose={() => setProblem(null)}>
          {problem}
        </Alert>
      )}
      {first ? (
        may('SEARCH') && may('WRITE') ? (
          <Review
            key={first.id}
            face={first}
            collectionId={collectionId}
            assign={assign}
            skip={take}
            undo={() => void undo()}
            say={setProblem}
          />
        ) : (
          <Alert color="yellow">
            Naming faces needs a key that may look, search and change. Sign in with such a key.
          </Alert>
        )
      ) : left > 0 ? (
        <Empty
          icon="unnamed"
          title="You have seen these"
          action={<Button onClick={more}>Show those that I skipped, and the next</Button>}
        >
          What you skipped is still unnamed.
        </Empty>
      ) : (
        <Empty
          icon="check"
          title="Every face has a name"
          action={
            <Button component="a" href={hrefOf('add', collectionId)} variant="default">
              Add images
            </Button>
          }
        >
          Faces without a name come from photographs that were added without a folder for the person.
        </Empty>
      )}
    </>
  );
}

function Review(props: {
  readonly face: FaceFieldsFragment;
  readonly collectionId: string;
  readonly assign: (faceIds: readonly string[], person: Picked) => Promise<void>;
  readonly skip: (ids: readonly string[]) => void;
  readonly undo: () => void;
  readonly say: (problem: string) => void;
}): ReactElement {
  const { face, collectionId, assign, skip, undo, say } = props;
  const { client } = useSession();
  const alike = useQuery({
    queryKey: ['alike', face.id],
    staleTime: Infinity,
    queryFn: async ({ signal }) => {
      const variables = { collectionIds: [collectionId], faceId: face.id, threshold: SUGGEST_FROM, limit: 40 };
      const own = client.request(
        SearchFacesDocument,
        { collectionIds: [collectionId], faceId: face.id, limit: 1 },
        { signal },
      );
      const { searchFaces } = await client.request(SearchFacesDocument, variables, { signal });
      return { matches: searchFaces.probes[0]?.matches ?? [], threshold: (await own).searchFaces.threshold };
    },
  });
  const threshold = alike.data?.threshold ?? 100;
  const matches = useMemo(() => alike.data?.matches ?? [], [alike.data]);
  const people = useMemo(() => matches.filter(({ person }) => person != null).slice(0, 9), [matches]);
  const others = useMemo(
    () => matches.filter((match) => match.person == null && match.face.id !== face.id && match.similarity >= threshold),
    [matches, face.id, threshold],
  );
  const [leftOut, setLeftOut] = useState<ReadonlySet<string>>(new Set());
  const [isPicking, setPicking] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const group = useMemo(
    () => [face.id, ...others.map((match) => match.face.id).filter((id) => !leftOut.has(id))],
    [face.id, others, leftOut],
  );
  const choose = useCallback(
    async ({ person }: Match): Promise<void> => {
      if (isBusy || person == null) return;
      setBusy(true);
      await assign(group, person).catch((error: unknown) => {
        say(sentenceOf(error));
        setBusy(false);
      });
    },
    [assign, group, isBusy, say],
  );
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const target = event.target as HTMLElement;
      if (event.ctrlKey || event.metaKey || event.altKey || target.closest('input, textarea, [role="dialog"]')) return;
      const digit = /^[1-9]$/.test(event.key) ? Number(event.key) : 0;
      if (digit > 0 && people[digit - 1]) void choose(people[digit - 1]!);
      else if (event.key === 'n') setPicking(true);
      else if (event.key === 's') skip(group);
      else if (event.key === 'u') undo();
      else return;
      event.preventDefault();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [people, choose, skip, group, undo]);
  const toggle = (id: string): void =>
    setLeftOut((before) => {
      const next = new Set(before);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  return (
    <div className="review">
      <Paper withBorder radius="lg" p="md">
        <Title order={2} size="h5" mb="sm">
          {others.length > 0 ? `${count(others.length + 1, 'face')} that look alike` : 'Who is this?'}
        </Title>
        <div className="review-face">
          <a href={hrefOf('image', face.image.id, { face: face.id })} aria-label="Open the image of this face">
            <Crop url={face.cropUrl} alt="The face to name" eager />
          </a>
        </div>
        {others.length > 0 && (
          <ul className="faces review-others">
            {others.map((match) => (
              <li key={match.face.id} className={`face ${leftOut.has(match.face.id) ? 'face-out' : 'face-chosen'}`}>
                <Crop url={match.face.cropUrl} alt="" eager />
                <Checkbox
                  className="face-check"
                  checked={!leftOut.has(match.face.id)}
                  onChange={() => toggle(match.face.id)}
                  aria-label={`The same person, similarity ${match.similarity.toFixed(0)}`}
                />
              </li>
            ))}
          </ul>
        )}
      </Paper>
      <Stack gap="sm">
        <Paper withBorder radius="lg" p="md">
          <Title order={2} size="h5" mb="sm">
            {people.length > 0 ? 'Perhaps' : 'Nobody who is known looks like this'}
          </Title>
          {alike.isPending ? (
            <Waiting what="Comparing" />
          ) : (
            <Stack gap={6}>
              {people.map((match, index) => (
                <button
                  key={match.face.id}
                  type="button"
                  className="candidate"
                  disabled={isBusy}
                  onClick={() => void choose(match)}
                >
                  <Kbd>{index + 1}</Kbd>
                  <span className="candidate-crop">
                    <Crop url={match.face.cropUrl} alt="" eager />
                  </span>
                  <span className="row-text">{match.person!.displayName}</span>
                  <Badge
                    variant={match.similarity >= threshold ? 'filled' : 'light'}
                    color={match.similarity >= threshold ? 'teal.9' : 'gray'}
                    className="plain-badge"
                  >
                    {match.similarity.toFixed(1)}
                  </Badge>
                </button>
              ))}
            </Stack>
          )}
          <Group mt="md" gap="xs">
            <Button
              onClick={() => setPicking(true)}
              leftSection={<Icon name="edit" size={16} />}
              rightSection={<Kbd size="xs">N</Kbd>}
            >
              Name
            </Button>
            <Button variant="default" onClick={() => skip(group)} rightSection={<Kbd size="xs">S</Kbd>}>
              Skip
            </Button>
          </Group>
        </Paper>
        <Text size="sm" c="dimmed">
          <Kbd size="xs">1</Kbd> to <Kbd size="xs">9</Kbd> takes a suggestion, <Kbd size="xs">N</Kbd> lets you type a
          name, <Kbd size="xs">S</Kbd> skips, <Kbd size="xs">U</Kbd> takes the last name back.
        </Text>
      </Stack>
      <PersonPicker
        isOpen={isPicking}
        title={`Whose ${group.length === 1 ? 'face is it' : 'faces are they'}?`}
        collectionId={collectionId}
        mayMake
        pick={(person) => assign(group, person)}
        close={() => setPicking(false)}
      />
    </div>
  );
}
