import { UndoDocument } from '@likeness/client';
import { Button, Group } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { sentenceOf, useSession } from './session.tsx';

export function tellProblem(error: unknown): void {
  notifications.show({ color: 'red', message: sentenceOf(error) });
}

/**
 * Says what was done, with a way back.
 * @returns takes the operations that it was; none: there is no way back.
 */
export function useTell(): (message: string, operationIds?: readonly (string | null | undefined)[]) => void {
  const { client } = useSession();
  const queries = useQueryClient();
  return (message, operationIds = []) => {
    const done = operationIds.flatMap((id) => id ?? []);
    const undo = async (): Promise<void> => {
      for (const operationId of done.reverse()) await client.request(UndoDocument, { input: { operationId } });
      await queries.invalidateQueries();
    };
    const id = notifications.show({
      autoClose: 10_000,
      message: (
        <Group justify="space-between" wrap="nowrap">
          <span>{message}</span>
          {done.length > 0 && (
            <Button
              size="compact-sm"
              variant="light"
              onClick={() => {
                notifications.hide(id);
                undo().catch(tellProblem);
              }}
            >
              Undo
            </Button>
          )}
        </Group>
      ),
    });
  };
}
