import { FacesDocument, HideFacesDocument, NameFacesDocument, UndoDocument, type FaceHiddenAs } from '@likeness/client';
import { Alert, Button, Kbd } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo, useState, type ReactElement } from 'react';
import { useCollection } from '../collection-choice.tsx';
import { NoCollection } from '../parts/no-collection.tsx';
import { namedPerson, type Picked } from '../parts/person-picker.tsx';
import { Review } from '../parts/review.tsx';
import { Empty, Problem, ScreenHead, Waiting } from '../parts/states.tsx';
import { hrefOf, type Place } from '../pure/routes.ts';
import { count } from '../pure/words.ts';
import { sentenceOf, useSession } from '../session.tsx';

const PAGE = 100;

/** What was done last, to be taken back. */
interface Done {
  readonly operationIds: readonly string[];
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
  const open = useMemo(
    () => (faces.data?.nodes ?? []).filter(({ id, hiddenAs }) => hiddenAs == null && !gone.has(id)),
    [faces.data, gone],
  );
  const take = (ids: readonly string[]): void => setGone((before) => new Set([...before, ...ids]));
  const done = (faceIds: readonly string[], operationIds: readonly string[], name: string): void => {
    setHistory((before) => [...before, { faceIds, operationIds, name }]);
    take(faceIds);
    void queries.invalidateQueries({ queryKey: ['people'] });
  };
  const assign = async (faceIds: readonly string[], person: Picked, suggested: boolean): Promise<void> => {
    const input = { faceIds, person: namedPerson(person), suggested };
    const { nameFaces } = await client.request(NameFacesDocument, { input });
    done(faceIds, nameFaces.operationId == null ? [] : [nameFaces.operationId], person.displayName);
    if (nameFaces.warnings.length > 0) setProblem(nameFaces.warnings.map(({ message }) => message).join(' '));
  };
  const hide = async (faceIds: readonly string[], as: FaceHiddenAs): Promise<void> => {
    const { hideFaces } = await client.request(HideFacesDocument, { input: { faceIds, as } });
    done(faceIds, hideFaces.operationIds, as === 'STRANGER' ? 'stranger' : 'no face');
  };
  const undo = useCallback(async (): Promise<void> => {
    const last = history.at(-1);
    if (!last) return;
    try {
      for (const operationId of last.operationIds) await client.request(UndoDocument, { input: { operationId } });
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
            hide={hide}
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
