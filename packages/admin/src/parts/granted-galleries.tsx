import { EndGalleryGrantDocument, type GrantedGalleryFieldsFragment } from '@likeness/client';
import { Button, CopyButton, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { when } from '../pure/words.ts';
import { useSession } from '../session.tsx';
import { Confirm, type Question } from './confirm.tsx';

export type GrantedGallery = GrantedGalleryFieldsFragment;

/** The galleries of others in which the tenant may look people up. */
export function GrantedGalleries({ galleries }: { readonly galleries: readonly GrantedGallery[] }): ReactElement {
  const { client, session, may } = useSession();
  const queries = useQueryClient();
  const [question, setQuestion] = useState<Question | null>(null);
  const askEnd = (gallery: GrantedGallery): void =>
    setQuestion({
      title: `Give up ${gallery.name}?`,
      text: 'You cannot look people up in it any more, until its owner shares it with you again.',
      yes: 'Give it up',
      isDangerous: true,
      act: async () => {
        await client.request(EndGalleryGrantDocument, { input: { id: gallery.id } });
        await queries.invalidateQueries({ queryKey: ['granted-galleries'] });
      },
    });
  return (
    <section aria-labelledby="granted-galleries">
      <Title order={2} size="h4" id="granted-galleries" mb="sm">
        What others share with you
      </Title>
      <Stack gap="sm">
        {galleries.map((gallery) => (
          <Paper key={gallery.id} withBorder radius="lg" p="md" component="article" aria-label={gallery.name}>
            <Group justify="space-between" align="flex-start">
              <div>
                <Title order={3} size="h5" className="break">
                  {gallery.name}
                </Title>
                {gallery.description && (
                  <Text size="sm" className="break">
                    {gallery.description}
                  </Text>
                )}
                <Text size="sm" c="dimmed">
                  Shared {when(gallery.grantedAt, Date.now())} · similarity from {gallery.similarityFloor}
                </Text>
              </div>
              {may('ADMIN') && (
                <Button size="xs" variant="subtle" color="red" onClick={() => askEnd(gallery)}>
                  Give it up
                </Button>
              )}
            </Group>
          </Paper>
        ))}
        {session.tenant && (
          <Group gap="xs">
            <Text size="sm" c="dimmed" className="break">
              {galleries.length === 0 && 'Nothing yet. '}Whoever shares a gallery with you needs your id:{' '}
              <code>{session.tenant.id}</code>
            </Text>
            <CopyButton value={session.tenant.id}>
              {({ copied, copy }) => (
                <Button size="compact-xs" variant="default" onClick={copy}>
                  {copied ? 'Copied' : 'Copy'}
                </Button>
              )}
            </CopyButton>
          </Group>
        )}
      </Stack>
      <Confirm question={question} close={() => setQuestion(null)} />
    </section>
  );
}
