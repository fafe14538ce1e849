import { DeleteCollectionDocument } from '@likeness/client';
import { Badge, Button, Group, Menu, Paper, Text, Title, ActionIcon } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { useCollections, type Collection } from '../collection-choice.tsx';
import { CollectionForm } from '../parts/collection-form.tsx';
import { Confirm, type Question } from '../parts/confirm.tsx';
import { Icon } from '../parts/icons.tsx';
import { NoCollection } from '../parts/no-collection.tsx';
import { Problem, ScreenHead, Waiting } from '../parts/states.tsx';
import { hrefOf, type Place } from '../pure/routes.ts';
import { count, day, strangers } from '../pure/words.ts';
import { replaceQuery } from '../router.ts';
import { useSession } from '../session.tsx';

export default function Collections({ place }: { readonly place: Place }): ReactElement {
  const { client, may } = useSession();
  const queries = useQueryClient();
  const collections = useCollections();
  const [edited, setEdited] = useState<Collection | null>(null);
  const [question, setQuestion] = useState<Question | null>(null);
  const isMaking = place.query['make'] === '1';
  const make = (): void => replaceQuery(place, { make: '1' });

  const askDelete = (collection: Collection): void =>
    setQuestion({
      title: `Delete ${collection.name}?`,
      text: `${count(collection.personCount, 'person', 'people')} and ${count(collection.faceCount, 'face')} with all their images will be gone for good. There is no way back.`,
      yes: 'Delete it',
      isDangerous: true,
      typed: collection.name,
      act: async () => {
        await client.request(DeleteCollectionDocument, { input: { id: collection.id } });
        await queries.invalidateQueries();
      },
    });

  if (collections.error) return <Problem error={collections.error} retry={() => void collections.refetch()} />;
  if (!collections.data) return <Waiting />;
  return (
    <>
      <ScreenHead title="Collections" text="Each knows people of its own, and is searched by itself.">
        {may('WRITE') && (
          <Button onClick={make} leftSection={<Icon name="plus" size={18} />}>
            New collection
          </Button>
        )}
      </ScreenHead>
      {collections.data.length === 0 && <NoCollection />}
      <div className="cards">
        {collections.data.map((collection) => (
          <Paper key={collection.id} withBorder radius="lg" p="md" className="collection-card">
            <Group justify="space-between" wrap="nowrap" align="flex-start">
              <Title order={2} size="h4" className="break">
                <a href={hrefOf('people', collection.id)}>{collection.name}</a>
              </Title>
              {may('WRITE') && (
                <Menu position="bottom-end">
                  <Menu.Target>
                    <ActionIcon variant="subtle" color="gray" aria-label={`More about ${collection.name}`}>
                      <Icon name="more" />
                    </ActionIcon>
                  </Menu.Target>
                  <Menu.Dropdown>
                    <Menu.Item leftSection={<Icon name="edit" size={16} />} onClick={() => setEdited(collection)}>
                      Settings
                    </Menu.Item>
                    <Menu.Item
                      color="red"
                      leftSection={<Icon name="trash" size={16} />}
                      onClick={() => askDelete(collection)}
                    >
                      Delete
                    </Menu.Item>
                  </Menu.Dropdown>
                </Menu>
              )}
            </Group>
            {collection.description && (
              <Text size="sm" c="dimmed" className="break">
                {collection.description}
              </Text>
            )}
            <Text>
              {count(collection.personCount, 'person', 'people')}, {count(collection.faceCount, 'face')}
            </Text>
            <Group gap={6}>
              <Badge variant="light" className="plain-badge">
                {collection.modelPackId}
              </Badge>
              <Badge variant="light" color="gray" className="plain-badge">
                {collection.similarityThreshold == null
                  ? `Strangers pass ${strangers(collection.targetFpir)}`
                  : `Similarity from ${collection.similarityThreshold}`}
              </Badge>
            </Group>
            <Text size="sm" c="dimmed">
              Made on {day(collection.createdAt)}
            </Text>
          </Paper>
        ))}
      </div>
      <CollectionForm
        isOpen={isMaking || edited !== null}
        collection={edited}
        close={() => {
          setEdited(null);
          if (isMaking) replaceQuery(place, { make: undefined });
        }}
      />
      <Confirm question={question} close={() => setQuestion(null)} />
    </>
  );
}
