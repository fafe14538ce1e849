import { Alert, Button, Kbd } from '@mantine/core';
import type { ReactElement } from 'react';
import { useCollection } from '../collection-choice.tsx';
import { useNaming } from '../naming.ts';
import { NoCollection } from '../parts/no-collection.tsx';
import { Review } from '../parts/review.tsx';
import { Empty, Problem, ScreenHead, Waiting } from '../parts/states.tsx';
import { useKeys } from '../parts/use-keys.ts';
import { openGroups } from '../pure/face-groups.ts';
import { hrefOf, type Place } from '../pure/routes.ts';
import { count } from '../pure/words.ts';
import { useSession } from '../session.tsx';

/** One group of faces that nobody has named after the other, the largest first, and whose they may be. */
export default function Unnamed({ place }: { readonly place: Place }): ReactElement {
  const { id: collectionId, isEmpty } = useCollection(place);
  if (isEmpty) return <NoCollection />;
  return <Groups key={collectionId} collectionId={collectionId} />;
}

function Groups({ collectionId }: { readonly collectionId: string }): ReactElement {
  const { may } = useSession();
  const naming = useNaming(collectionId);
  const { unnamed, last } = naming;
  const groups = unnamed.data ? openGroups(unnamed.data, naming.away) : [];
  const [group, next] = groups;
  // A group brings its own.
  useKeys({ u: group ? undefined : naming.undo });
  if (unnamed.error) return <Problem error={unnamed.error} retry={() => void unnamed.refetch()} />;
  if (!unnamed.data) return <Waiting what="Grouping the faces that nobody has named" />;
  const { isCut } = unnamed.data;
  const left = openGroups(unnamed.data, naming.settled).reduce((sum, { faceIds }) => sum + faceIds.length, 0);
  return (
    <>
      <ScreenHead
        title="Unnamed faces"
        text={
          <span role="status">
            {isCut && 'More than '}
            {count(left, 'face')} left that nobody has named
          </span>
        }
      >
        {last && (
          <Button
            variant="default"
            onClick={naming.undo}
            disabled={naming.isBusy}
            rightSection={<Kbd size="xs">U</Kbd>}
          >
            Undo {last.name}
          </Button>
        )}
      </ScreenHead>
      {naming.problem && (
        <Alert color="red" mb="md" role="alert" withCloseButton onClose={naming.forgetProblem}>
          {naming.problem}
        </Alert>
      )}
      {group ? (
        may('WRITE') ? (
          <Review
            key={group.faceIds.join()}
            group={group}
            next={next}
            unnamed={unnamed.data}
            collectionId={collectionId}
            naming={naming}
          />
        ) : (
          <Alert color="yellow">Naming faces needs a key that may look and change. Sign in with such a key.</Alert>
        )
      ) : left > 0 || isCut ? (
        <Empty
          icon="unnamed"
          title="You have seen these"
          action={
            <Button onClick={naming.again} disabled={naming.isBusy}>
              Show those that I skipped, and the next
            </Button>
          }
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
