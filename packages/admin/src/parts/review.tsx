import { FaceDocument } from '@likeness/client';
import { Button, Group, Kbd, Paper, Stack, Text, Title } from '@mantine/core';
import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState, type ReactElement } from 'react';
import type { Naming } from '../naming.ts';
import { narrowed, type FaceGroup, type GroupedFace, type Unnamed } from '../pure/face-groups.ts';
import { hrefOf } from '../pure/routes.ts';
import { count } from '../pure/words.ts';
import { useSession, type SignedIn } from '../session.tsx';
import { Crop } from './crop.tsx';
import { FaceChoice } from './face-choice.tsx';
import { Icon } from './icons.tsx';
import { PersonPicker } from './person-picker.tsx';
import { Problem, Waiting } from './states.tsx';
import { SuggestedPerson } from './suggested-person.tsx';
import { useKeys } from './use-keys.ts';

/** The faces of a group as they are shown: those that came with it, and one that came alone. Who was deleted meanwhile is not among them. */
const facesOf = (client: SignedIn['client'], faceIds: readonly string[], known: Unnamed['faces']) => {
  const initial = faceIds.flatMap((id) => known.get(id) ?? []);
  return queryOptions({
    queryKey: ['faces-of-group', ...faceIds],
    staleTime: 60_000,
    ...(initial.length > 0 ? { initialData: initial } : {}),
    queryFn: async ({ signal }): Promise<GroupedFace[]> => {
      const found = await Promise.all(faceIds.map((id) => client.request(FaceDocument, { id }, { signal })));
      return found.flatMap(({ face }) => face ?? []);
    },
  });
};

/** A group of faces that nobody has named, and whose they may be; all of it by keyboard, too. */
export function Review(props: {
  readonly group: FaceGroup;
  /** Loaded meanwhile. */
  readonly next: FaceGroup | undefined;
  readonly unnamed: Unnamed;
  readonly collectionId: string;
  readonly naming: Naming;
}): ReactElement {
  const { group, next, unnamed, collectionId, naming } = props;
  const { client } = useSession();
  const queries = useQueryClient();
  const faces = useQuery(facesOf(client, group.faceIds, unnamed.faces));
  useEffect(() => {
    if (faces.isSuccess && next) void queries.prefetchQuery(facesOf(client, next.faceIds, unnamed.faces));
  }, [client, queries, faces.isSuccess, next, unnamed.faces]);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(() => new Set(group.faceIds));
  const [isPicking, setPicking] = useState(false);
  const ids = useMemo(() => group.faceIds.filter((id) => chosen.has(id)), [group, chosen]);
  const { nearest } = narrowed(group, unnamed.suggested, ids);
  const isIdle = !naming.isBusy && !isPicking && faces.isSuccess;
  const canSay = isIdle && ids.length > 0;
  const pick = (): void => setPicking(true);
  const skip = (): void => naming.skip(group.faceIds);
  const stranger = (): void => naming.hide(ids, 'STRANGER');
  const noFace = (): void => naming.hide(ids, 'NOT_A_FACE');
  useKeys({
    y: canSay && nearest ? () => naming.confirm(ids, nearest) : undefined,
    r: canSay && nearest ? () => naming.reject(ids, nearest) : undefined,
    n: canSay ? pick : undefined,
    s: isIdle ? skip : undefined,
    h: canSay ? stranger : undefined,
    x: canSay ? noFace : undefined,
    u: isPicking ? undefined : naming.undo,
  });
  // What had the focus went with the group before: whoever works by keyboard goes on at this one.
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (document.activeElement === document.body) heading.current?.focus({ preventScroll: true });
  }, []);
  const [first] = faces.data ?? [];
  const isSingle = group.faceIds.length === 1;
  return (
    <div className="review">
      <Paper withBorder radius="lg" p="md">
        <Title order={2} size="h5" mb="sm" ref={heading} tabIndex={-1} className="review-title">
          {isSingle ? 'Who is this?' : `${count(group.faceIds.length, 'face')} that look alike`}
        </Title>
        {faces.error ? (
          <Problem error={faces.error} retry={() => void faces.refetch()} />
        ) : !faces.data ? (
          <Waiting what="Loading faces" />
        ) : isSingle ? (
          <div className="review-face">
            {first ? (
              <a href={hrefOf('image', first.image.id, { face: first.id })} aria-label="Open the image of this face">
                <Crop url={first.cropUrl} alt="The face to name" eager />
              </a>
            ) : (
              <Text>It was deleted meanwhile.</Text>
            )}
          </div>
        ) : (
          <FaceChoice faces={faces.data} chosen={chosen} choose={setChosen} />
        )}
      </Paper>
      <Stack gap="sm">
        <Paper withBorder radius="lg" p="md">
          {!isSingle && (
            <Text size="sm" c="dimmed" mb="xs" role="status">
              {ids.length === group.faceIds.length
                ? `For all ${ids.length} faces`
                : `For ${ids.length} of ${group.faceIds.length} faces; the others come afterwards`}
            </Text>
          )}
          <SuggestedPerson
            nearest={nearest}
            isDisabled={!canSay}
            confirm={(person) => naming.confirm(ids, person)}
            reject={(person) => naming.reject(ids, person)}
          />
          <Group mt="md" gap="xs">
            <Button
              onClick={pick}
              disabled={!canSay}
              variant={nearest ? 'default' : 'filled'}
              leftSection={<Icon name="edit" size={16} />}
              rightSection={<Kbd size="xs">N</Kbd>}
            >
              Name
            </Button>
            <Said text="Skip" letter="S" isDisabled={!isIdle} say={skip} />
            <Said text="A stranger" letter="H" isDisabled={!canSay} say={stranger} />
            <Said text="No face" letter="X" isDisabled={!canSay} say={noFace} />
          </Group>
        </Paper>
        <Text size="sm" c="dimmed">
          <Kbd size="xs">Y</Kbd> takes the suggestion, <Kbd size="xs">R</Kbd> says that it is somebody else,{' '}
          <Kbd size="xs">N</Kbd> asks for a name, <Kbd size="xs">S</Kbd> skips, <Kbd size="xs">H</Kbd> says that it is a
          stranger, <Kbd size="xs">X</Kbd> that it is no face, <Kbd size="xs">U</Kbd> takes the last back.
          {!isSingle && (
            <>
              {' '}
              A click takes a face out of the group, and so does <Kbd size="xs">Space</Kbd> where the arrow keys lead;
              with <Kbd size="xs">Shift</Kbd> a range.
            </>
          )}
        </Text>
      </Stack>
      <PersonPicker
        isOpen={isPicking}
        title={`Whose ${ids.length === 1 ? 'face is it' : 'faces are they'}?`}
        collectionId={collectionId}
        mayMake
        pick={(person) => naming.nameAs(ids, person)}
        close={() => setPicking(false)}
      />
    </div>
  );
}

function Said(props: {
  readonly text: string;
  readonly letter: string;
  readonly isDisabled: boolean;
  readonly say: () => void;
}): ReactElement {
  return (
    <Button
      variant="default"
      disabled={props.isDisabled}
      onClick={props.say}
      rightSection={<Kbd size="xs">{props.letter}</Kbd>}
    >
      {props.text}
    </Button>
  );
}
