import {
  SearchFacesDocument,
  type FaceFieldsFragment,
  type FaceHiddenAs,
  type SearchFacesQuery,
} from '@likeness/client';
import { Badge, Button, Checkbox, Group, Kbd, Paper, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useState, type ReactElement } from 'react';
import { hrefOf } from '../pure/routes.ts';
import { count } from '../pure/words.ts';
import { sentenceOf, useSession } from '../session.tsx';
import { Crop } from './crop.tsx';
import { Icon } from './icons.tsx';
import { PersonPicker, type Picked } from './person-picker.tsx';
import { Waiting } from './states.tsx';

type Match = SearchFacesQuery['searchFaces']['probes'][number]['matches'][number];

/** Below the threshold of a search a suggestion is still worth a look. */
const SUGGEST_FROM = 50;

/** A face that nobody has named, those that look like it, and who it may be; all of it by keyboard, too. */
export function Review(props: {
  readonly face: FaceFieldsFragment;
  readonly collectionId: string;
  readonly assign: (faceIds: readonly string[], person: Picked, suggested: boolean) => Promise<void>;
  readonly hide: (faceIds: readonly string[], as: FaceHiddenAs) => Promise<void>;
  readonly skip: (ids: readonly string[]) => void;
  readonly undo: () => void;
  readonly say: (problem: string) => void;
}): ReactElement {
  const { face, collectionId, assign, hide, skip, undo, say } = props;
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
      await assign(group, person, true).catch((error: unknown) => {
        say(sentenceOf(error));
        setBusy(false);
      });
    },
    [assign, group, isBusy, say],
  );
  const hideGroup = useCallback(
    async (as: FaceHiddenAs): Promise<void> => {
      if (isBusy) return;
      setBusy(true);
      await hide(group, as).catch((error: unknown) => {
        say(sentenceOf(error));
        setBusy(false);
      });
    },
    [hide, group, isBusy, say],
  );
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const target = event.target as HTMLElement;
      if (event.ctrlKey || event.metaKey || event.altKey || target.closest('input, textarea, [role="dialog"]')) return;
      const digit = /^[1-9]$/.test(event.key) ? Number(event.key) : 0;
      if (digit > 0 && people[digit - 1]) void choose(people[digit - 1]!);
      else if (event.key === 'n') setPicking(true);
      else if (event.key === 's') skip(group);
      else if (event.key === 'h') void hideGroup('STRANGER');
      else if (event.key === 'x') void hideGroup('NOT_A_FACE');
      else if (event.key === 'u') undo();
      else return;
      event.preventDefault();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [people, choose, skip, group, undo, hideGroup]);
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
            <Button variant="default" onClick={() => void hideGroup('STRANGER')} rightSection={<Kbd size="xs">H</Kbd>}>
              A stranger
            </Button>
            <Button
              variant="default"
              onClick={() => void hideGroup('NOT_A_FACE')}
              rightSection={<Kbd size="xs">X</Kbd>}
            >
              No face
            </Button>
          </Group>
        </Paper>
        <Text size="sm" c="dimmed">
          <Kbd size="xs">1</Kbd> to <Kbd size="xs">9</Kbd> takes a suggestion, <Kbd size="xs">N</Kbd> asks for a name,{' '}
          <Kbd size="xs">S</Kbd> skips, <Kbd size="xs">H</Kbd> says that it is a stranger, <Kbd size="xs">X</Kbd> that
          it is no face, <Kbd size="xs">U</Kbd> takes the last back.
        </Text>
      </Stack>
      <PersonPicker
        isOpen={isPicking}
        title={`Whose ${group.length === 1 ? 'face is it' : 'faces are they'}?`}
        collectionId={collectionId}
        mayMake
        pick={(person) => assign(group, person, false)}
        close={() => setPicking(false)}
      />
    </div>
  );
}
