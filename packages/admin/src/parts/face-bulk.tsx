import {
  DeleteFacesDocument,
  HideFacesDocument,
  NameFacesDocument,
  RejectMatchDocument,
  type PersonFieldsFragment,
} from '@likeness/client';
import { Button, Group, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { count } from '../pure/words.ts';
import { useSession } from '../session.tsx';
import { tellProblem, useTell } from '../tell.tsx';
import { Confirm, type Question } from './confirm.tsx';
import { namedPerson, PersonPicker, type Picked } from './person-picker.tsx';

/** What can be done with the chosen faces of a person at once. */
export function FaceBulk(props: {
  readonly person: Pick<PersonFieldsFragment, 'id' | 'collectionId' | 'displayName'>;
  readonly faceIds: readonly string[];
  readonly clear: () => void;
}): ReactElement {
  const { person, faceIds, clear } = props;
  const { client } = useSession();
  const queries = useQueryClient();
  const tell = useTell();
  const [question, setQuestion] = useState<Question | null>(null);
  const [isPicking, setPicking] = useState(false);
  const faces = count(faceIds.length, 'face');
  const done = async (): Promise<void> => {
    clear();
    await queries.invalidateQueries();
  };
  const move = async (to: Picked): Promise<void> => {
    const { nameFaces } = await client.request(NameFacesDocument, { input: { faceIds, person: namedPerson(to) } });
    const oddities = nameFaces.warnings.map(({ message }) => message);
    tell([`${faces} moved to ${to.displayName}.`, ...oddities].join(' '), [nameFaces.operationId]);
    await done();
  };
  const reject = async (): Promise<void> => {
    const { rejectMatch } = await client.request(RejectMatchDocument, { input: { faceIds, personId: person.id } });
    tell(`${faces} taken from ${person.displayName}, for good.`, [rejectMatch.operationId]);
    await done();
  };
  const hide = async (): Promise<void> => {
    const { hideFaces } = await client.request(HideFacesDocument, { input: { faceIds, as: 'NOT_A_FACE' } });
    tell(`${faces} hidden: searches do not find what is no face.`, hideFaces.operationIds);
    await done();
  };
  const askDelete = (): void =>
    setQuestion({
      title: `Delete ${faces}?`,
      text: 'They are gone for good, with the images that hold nobody else. Searches do not find them any more.',
      yes: 'Delete',
      isDangerous: true,
      act: async () => {
        await client.request(DeleteFacesDocument, { input: { faceIds } });
        await done();
      },
    });
  return (
    <>
      {faceIds.length > 0 && (
        <div className="bulk" role="region" aria-label="With the chosen faces">
          <Text fw={600}>{faces} chosen</Text>
          <Group gap="xs">
            <Button size="sm" onClick={() => setPicking(true)}>
              Move to…
            </Button>
            <Button size="sm" variant="default" onClick={() => void reject().catch(tellProblem)}>
              Not {person.displayName}
            </Button>
            <Button size="sm" variant="default" onClick={() => void hide().catch(tellProblem)}>
              No face
            </Button>
            <Button size="sm" variant="default" onClick={askDelete}>
              Delete
            </Button>
            <Button size="sm" variant="subtle" color="gray" onClick={clear}>
              Cancel
            </Button>
          </Group>
        </div>
      )}
      <PersonPicker
        isOpen={isPicking}
        title={`Whose ${faceIds.length === 1 ? 'face is it' : 'faces are they'}?`}
        collectionId={person.collectionId}
        without={person.id}
        mayMake
        pick={move}
        close={() => setPicking(false)}
      />
      <Confirm question={question} close={() => setQuestion(null)} />
    </>
  );
}
