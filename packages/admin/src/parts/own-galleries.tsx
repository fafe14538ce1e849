import {
  EndGalleryGrantDocument,
  GalleriesDocument,
  GalleryGrantsDocument,
  UnpublishGalleryDocument,
} from '@likeness/client';
import { Badge, Button, Group, Paper, Stack, Text, Title, VisuallyHidden } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { useCollections } from '../collection-choice.tsx';
import { when } from '../pure/words.ts';
import { useSession } from '../session.tsx';
import { Confirm, type Question } from './confirm.tsx';
import { GalleryDialog, GrantDialog, type Gallery } from './gallery-forms.tsx';
import { Icon } from './icons.tsx';
import { Problem, Waiting } from './states.tsx';

/** The galleries that the tenant publishes, and with whom each is shared. */
export function OwnGalleries(): ReactElement {
  const { client } = useSession();
  const queries = useQueryClient();
  const [edited, setEdited] = useState<Gallery | 'new' | null>(null);
  const [shared, setShared] = useState<Gallery | null>(null);
  const [question, setQuestion] = useState<Question | null>(null);
  const galleries = useQuery({
    queryKey: ['galleries'],
    queryFn: async ({ signal }) => {
      const rows: Gallery[] = [];
      for await (const one of client.rows(GalleriesDocument, { first: 100 }, (data) => data.galleries, { signal }))
        rows.push(one);
      return rows;
    },
  });
  const refresh = (): void => void queries.invalidateQueries({ queryKey: ['galleries'] });
  const askUnpublish = (gallery: Gallery): void =>
    setQuestion({
      title: `Stop publishing ${gallery.name}?`,
      text: 'Nobody it is shared with can look people up in it any more, from now on. The collection stays as it is.',
      yes: 'Stop publishing',
      isDangerous: true,
      act: async () => {
        await client.request(UnpublishGalleryDocument, { input: { id: gallery.id } });
        refresh();
      },
    });
  return (
    <section aria-labelledby="own-galleries">
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4" id="own-galleries">
          What you publish
        </Title>
        <Button
          size="xs"
          variant="default"
          onClick={() => setEdited('new')}
          leftSection={<Icon name="plus" size={16} />}
        >
          Publish a collection
        </Button>
      </Group>
      {galleries.error ? (
        <Problem error={galleries.error} retry={() => void galleries.refetch()} />
      ) : !galleries.data ? (
        <Waiting />
      ) : galleries.data.length === 0 ? (
        <Text c="dimmed">
          Nothing yet. Publish a collection, and other tenants whom you choose can look people up in it, without seeing
          its images, who else is in it, or how many there are. You do not learn what they look for.
        </Text>
      ) : (
        <Stack gap="sm">
          {galleries.data.map((gallery) => (
            <OwnGallery
              key={gallery.id}
              gallery={gallery}
              edit={() => setEdited(gallery)}
              share={() => setShared(gallery)}
              unpublish={() => askUnpublish(gallery)}
              ask={setQuestion}
            />
          ))}
        </Stack>
      )}
      <GalleryDialog
        edited={edited}
        published={galleries.data?.map(({ collectionId }) => collectionId) ?? []}
        close={() => setEdited(null)}
        done={() => {
          setEdited(null);
          refresh();
        }}
      />
      <GrantDialog
        gallery={shared}
        close={() => setShared(null)}
        done={() => {
          setShared(null);
          refresh();
        }}
      />
      <Confirm question={question} close={() => setQuestion(null)} />
    </section>
  );
}

function OwnGallery(props: {
  readonly gallery: Gallery;
  readonly edit: () => void;
  readonly share: () => void;
  readonly unpublish: () => void;
  readonly ask: (question: Question) => void;
}): ReactElement {
  const { gallery } = props;
  const collections = useCollections();
  const collection = collections.data?.find(({ id }) => id === gallery.collectionId);
  return (
    <Paper withBorder radius="lg" p="md" component="article" aria-label={gallery.name}>
      <Group justify="space-between" align="flex-start">
        <div>
          <Title order={3} size="h5" className="break">
            {gallery.name}
          </Title>
          <Text size="sm" c="dimmed">
            {collection ? `Of the collection ${collection.name} · ` : ''}similarity from {gallery.similarityFloor} ·{' '}
            {gallery.showsCovers ? 'shows one face each' : 'shows no face'}
          </Text>
        </div>
        <Group gap="xs">
          <Button size="xs" variant="default" onClick={props.share}>
            Share
          </Button>
          <Button size="xs" variant="default" onClick={props.edit}>
            Settings
          </Button>
          <Button size="xs" variant="subtle" color="red" onClick={props.unpublish}>
            Stop publishing
          </Button>
        </Group>
      </Group>
      <Grants gallery={gallery} ask={props.ask} />
    </Paper>
  );
}

const ENDED_BY: Readonly<Record<string, string>> = {
  OWNER: 'by you',
  GRANTEE: 'by them',
  SUSPENSION: 'because one of you was suspended',
};

function Grants(props: { readonly gallery: Gallery; readonly ask: (question: Question) => void }): ReactElement | null {
  const { client } = useSession();
  const queries = useQueryClient();
  const { id: galleryId, name } = props.gallery;
  const grants = useQuery({
    queryKey: ['galleries', galleryId, 'grants'],
    queryFn: async ({ signal }) => {
      const answer = await client.request(GalleryGrantsDocument, { galleryId, last: 100 }, { signal });
      return answer.galleryGrants.nodes;
    },
  });
  if (grants.error) return <Problem error={grants.error} />;
  if (!grants.data || grants.data.length === 0) return null;
  const now = Date.now();
  return (
    <div className="items">
      <table>
        <thead>
          <tr>
            <th scope="col">Shared with</th>
            <th scope="col">Since</th>
            <th scope="col">
              <VisuallyHidden>End</VisuallyHidden>
            </th>
          </tr>
        </thead>
        <tbody>
          {grants.data.map((grant) => {
            const whom = grant.label || grant.granteeTenantId;
            return (
              <tr key={grant.id}>
                <td className="break">{whom}</td>
                <td>{when(grant.createdAt, now)}</td>
                <td>
                  {grant.endedAt == null ? (
                    <Button
                      size="compact-xs"
                      variant="subtle"
                      color="red"
                      onClick={() =>
                        props.ask({
                          title: `Stop sharing with ${whom}?`,
                          text: `They cannot look people up in ${name} any more, from now on.`,
                          yes: 'Stop sharing',
                          isDangerous: true,
                          act: async () => {
                            await client.request(EndGalleryGrantDocument, { input: { id: grant.id } });
                            await queries.invalidateQueries({ queryKey: ['galleries', galleryId] });
                          },
                        })
                      }
                    >
                      Stop sharing
                    </Button>
                  ) : (
                    <Badge variant="light" color="gray" className="plain-badge">
                      ended {when(grant.endedAt, now)} {ENDED_BY[grant.endedBy ?? ''] ?? ''}
                    </Badge>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
