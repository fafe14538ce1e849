import { OperationsDocument, UndoDocument, type OperationFieldsFragment, type OperationKind } from '@likeness/client';
import { Button, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { count, when } from '../pure/words.ts';
import { sentenceOf, useSession } from '../session.tsx';

const KINDS: Readonly<Record<OperationKind, string>> = {
  ASSIGN_FACES: 'Given faces',
  HIDE_FACES: 'Hidden',
  ADD_FACE: 'Face added',
  MERGE_PERSONS: 'Merged',
  NAME_FACES: 'Named',
  REDO: 'Done again',
  REJECT_MATCH: '“Not this person”',
  REJECT_MERGE: '“Two different people”',
  SPLIT_PERSON: 'Split',
  UNASSIGN_FACES: 'Faces taken away',
  UNDO: 'Undone',
  UPDATE_PERSON: 'Renamed or edited',
};

/** What was done to a person, newest first; each can be taken back. */
export function History(props: {
  readonly person: { readonly id: string; readonly collectionId: string };
  readonly mayUndo: boolean;
}): ReactElement {
  const [isOpen, setOpen] = useState(false);
  return (
    <details className="ended history" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>History</summary>
      {isOpen && <Operations {...props} />}
    </details>
  );
}

function Operations(props: {
  readonly person: { readonly id: string; readonly collectionId: string };
  readonly mayUndo: boolean;
}): ReactElement {
  const { id, collectionId } = props.person;
  const { client } = useSession();
  const queries = useQueryClient();
  const operations = useQuery({
    queryKey: ['operations', id],
    queryFn: ({ signal }) =>
      client.request(
        OperationsDocument,
        { collectionId, filter: { personId: id }, orderBy: { field: 'CREATED_AT', direction: 'DESC' }, first: 50 },
        { signal },
      ),
  });
  const undo = async (operationId: string): Promise<void> => {
    try {
      await client.request(UndoDocument, { input: { operationId } });
      await queries.invalidateQueries();
    } catch (error) {
      notifications.show({ color: 'red', message: sentenceOf(error) });
    }
  };
  if (operations.error) return <Text size="sm">{sentenceOf(operations.error)}</Text>;
  const rows: readonly OperationFieldsFragment[] = operations.data?.operations.nodes ?? [];
  if (operations.data && rows.length === 0) return <Text size="sm">Nothing has been changed by hand yet.</Text>;
  return (
    <ul className="operations">
      {rows.map((operation) => (
        <li key={operation.id}>
          <span className="row-text">
            {KINDS[operation.kind]}
            {operation.faceCount > 0 && `, ${count(operation.faceCount, 'face')}`}
            <Text component="span" size="sm" c="dimmed">
              {' '}
              {when(operation.createdAt, Date.now())}
              {operation.revertedById != null && ', undone since'}
            </Text>
          </span>
          {props.mayUndo && operation.revertedById == null && (
            <Button size="compact-sm" variant="default" onClick={() => void undo(operation.id)}>
              {operation.kind === 'UNDO' ? 'Do it again' : 'Undo'}
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}
