import {
  DeletePersonsDocument,
  MergePersonsDocument,
  MergePreviewDocument,
  type PersonFieldsFragment,
} from '@likeness/client';
import { Button, Group, Menu, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { count, day } from '../pure/words.ts';
import { go } from '../router.ts';
import { useSession } from '../session.tsx';
import { useTell } from '../tell.tsx';
import { Confirm, type Question } from './confirm.tsx';
import { Crop } from './crop.tsx';
import { Icon } from './icons.tsx';
import { Metadata } from './metadata.tsx';
import { PersonForm } from './person-form.tsx';
import { PersonPicker, type Picked } from './person-picker.tsx';

/** Who a person is, and what can be done with them as a whole: rename, merge, delete. */
export function PersonAbout(props: {
  readonly person: PersonFieldsFragment;
  readonly cover: string | undefined;
}): ReactElement {
  const { person, cover } = props;
  const { client, may } = useSession();
  const queries = useQueryClient();
  const tell = useTell();
  const [question, setQuestion] = useState<Question | null>(null);
  const [isMerging, setMerging] = useState(false);
  const [isEditing, setEditing] = useState(false);
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
        tell(`${person.displayName} is ${into.displayName} now.`, [mergePersons.operation.id]);
        await queries.invalidateQueries();
      },
    });
  };
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
    <header className="person-head">
      <div className="person-cover">
        <Crop url={cover} alt="" eager />
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
      <PersonPicker
        isOpen={isMerging}
        title={`Who is ${person.displayName}, too?`}
        collectionId={person.collectionId}
        without={person.id}
        mayMake={false}
        pick={askMerge}
        close={() => setMerging(false)}
      />
      <PersonForm person={isEditing ? person : null} close={() => setEditing(false)} />
      <Confirm question={question} close={() => setQuestion(null)} />
    </header>
  );
}
