import {
  DeletePersonsDocument,
  FacesDocument,
  HideFacesDocument,
  type FaceHiddenAs,
  type LikenessClient,
} from '@likeness/client';
import { Button, Group, Menu, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { count } from '../pure/words.ts';
import { useSession } from '../session.tsx';
import { tellProblem, useTell } from '../tell.tsx';
import { Confirm, type Question } from './confirm.tsx';
import { MergeDialog } from './merge-dialog.tsx';
import type { ChosenPeople } from './people-grid.tsx';

/** Faces that are hidden in one request, and persons that are deleted in one. */
const AT_ONCE = 1_000;
const MOST_MERGED = 101;

/**
 * Hides every face of these people.
 * @param told is given the operations as they are done, so that what was done can be undone when a later one fails.
 */
async function hideFacesOf(
  client: LikenessClient,
  personIds: readonly string[],
  as: FaceHiddenAs,
  told: (operationIds: readonly string[]) => void,
): Promise<void> {
  for (const personId of personIds) {
    for (let after: string | null = null; ;) {
      const variables: { filter: { personId: string }; first: number; after: string | null } = {
        filter: { personId },
        first: AT_ONCE,
        after,
      };
      const { faces } = await client.request(FacesDocument, variables);
      if (faces.nodes.length > 0) {
        const input = { faceIds: faces.nodes.map(({ id }) => id), as };
        told((await client.request(HideFacesDocument, { input })).hideFaces.operationIds);
      }
      if (!faces.pageInfo.hasNextPage) break;
      after = faces.pageInfo.endCursor ?? null;
    }
  }
}

/** What can be done with the chosen people at once. */
export function PeopleBulk(props: { readonly chosen: ChosenPeople; readonly clear: () => void }): ReactElement | null {
  const { chosen, clear } = props;
  const { client } = useSession();
  const queries = useQueryClient();
  const tell = useTell();
  const [isMerging, setMerging] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [question, setQuestion] = useState<Question | null>(null);
  const people = [...chosen.values()];
  const ids = [...chosen.keys()];
  const they = count(ids.length, 'person', 'people');
  const done = async (): Promise<void> => {
    clear();
    await queries.invalidateQueries();
  };
  const hide = async (as: FaceHiddenAs): Promise<void> => {
    setBusy(true);
    const operationIds: string[] = [];
    try {
      await hideFacesOf(client, ids, as, (some) => operationIds.push(...some));
      tell(`The faces of ${they} are hidden.`, operationIds);
      clear();
    } catch (error) {
      if (operationIds.length > 0) tell(`Only some faces of ${they} are hidden.`, operationIds);
      tellProblem(error);
    } finally {
      setBusy(false);
      await queries.invalidateQueries();
    }
  };
  const askDelete = (): void =>
    setQuestion({
      title: `Delete ${they}?`,
      text: 'They are gone for good, with their faces and images. There is no way back.',
      yes: 'Delete',
      isDangerous: true,
      act: async () => {
        try {
          for (let from = 0; from < ids.length; from += AT_ONCE) {
            const input = { personIds: ids.slice(from, from + AT_ONCE) };
            await client.request(DeletePersonsDocument, { input });
          }
          clear();
        } finally {
          await queries.invalidateQueries();
        }
      },
    });
  if (ids.length === 0) return null;
  return (
    <>
      <div className="bulk" role="region" aria-label="With the chosen people">
        <Text fw={600} role="status">
          {they} chosen
        </Text>
        <Group gap="xs">
          <Button
            size="sm"
            disabled={ids.length < 2 || ids.length > MOST_MERGED}
            title={ids.length > MOST_MERGED ? `At most ${MOST_MERGED} at once` : undefined}
            onClick={() => setMerging(true)}
          >
            Merge…
          </Button>
          <Menu position="top-start">
            <Menu.Target>
              <Button size="sm" variant="default" loading={isBusy}>
                Hide faces
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => void hide('STRANGER')}>Strangers: nobody is asked about them again</Menu.Item>
              <Menu.Item onClick={() => void hide('NOT_A_FACE')}>No faces: searches do not find them</Menu.Item>
            </Menu.Dropdown>
          </Menu>
          <Button size="sm" variant="default" onClick={askDelete}>
            Delete
          </Button>
          <Button size="sm" variant="subtle" color="gray" onClick={clear}>
            Cancel
          </Button>
        </Group>
      </div>
      <MergeDialog people={isMerging ? people : null} close={() => setMerging(false)} merged={done} />
      <Confirm question={question} close={() => setQuestion(null)} />
    </>
  );
}
