import {
  ApiKeysDocument,
  RevokeApiKeyDocument,
  RotateApiKeyDocument,
  type ApiKeyFieldsFragment,
} from '@likeness/client';
import { Badge, Button, Group, Modal, Paper, Stack, Text, Title } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { Confirm, type Question } from '../parts/confirm.tsx';
import { Icon } from '../parts/icons.tsx';
import { KeyForm } from '../parts/key-form.tsx';
import { SecretDialog } from '../parts/secret-dialog.tsx';
import { Problem, ScreenHead, Waiting } from '../parts/states.tsx';
import type { Place } from '../pure/routes.ts';
import { day, SCOPES, when } from '../pure/words.ts';
import { useSession } from '../session.tsx';

type Key = ApiKeyFieldsFragment;

const isLive = ({ revokedAt, expiresAt }: Key): boolean =>
  revokedAt == null && (expiresAt == null || Date.parse(expiresAt) > Date.now());

/** A tenant's keys; the operator sees those of the tenant that the place names. */
export default function Keys({ place }: { readonly place: Place }): ReactElement {
  const { client, session } = useSession();
  const queries = useQueryClient();
  const tenantId = session.tenant ? undefined : place.id;
  const keys = useQuery({
    queryKey: ['keys', tenantId],
    queryFn: async ({ signal }) => {
      const rows: Key[] = [];
      for await (const key of client.rows(ApiKeysDocument, { tenantId, first: 200 }, ({ apiKeys }) => apiKeys, {
        signal,
      })) {
        rows.push(key);
      }
      return rows.reverse();
    },
  });
  const [isMaking, setMaking] = useState(false);
  const [secret, setSecret] = useState<{ name: string; text: string } | null>(null);
  const [question, setQuestion] = useState<Question | null>(null);
  const refresh = (): Promise<void> => queries.invalidateQueries({ queryKey: ['keys'] });
  const askRevoke = (key: Key): void =>
    setQuestion({
      title: `End the key “${key.name}”?`,
      text: 'Whatever uses it is refused within a second, and people who signed in with it are signed out. There is no way back.',
      yes: 'End it',
      isDangerous: true,
      act: async () => {
        await client.request(RevokeApiKeyDocument, { input: { id: key.id, tenantId } });
        await refresh();
      },
    });
  const askRotate = (key: Key): void =>
    setQuestion({
      title: `Replace the key “${key.name}”?`,
      text: 'You get a new key that may do the same. The old one works for another day, so that you can put the new one in its place.',
      yes: 'Make the new key',
      act: async () => {
        const { rotateApiKey } = await client.request(RotateApiKeyDocument, { input: { id: key.id, tenantId } });
        setSecret({ name: key.name, text: rotateApiKey.secret });
        await refresh();
      },
    });
  if (keys.error) return <Problem error={keys.error} retry={() => void keys.refetch()} />;
  if (!keys.data) return <Waiting />;
  const live = keys.data.filter(isLive);
  const ended = keys.data.filter((key) => !isLive(key));
  return (
    <>
      <ScreenHead
        title="Keys"
        text="Give each person and each program a key of its own, that may do what it needs and no more."
      >
        <Button onClick={() => setMaking(true)} leftSection={<Icon name="plus" size={18} />}>
          New key
        </Button>
      </ScreenHead>
      <Stack gap="sm">
        {live.map((key) => (
          <KeyCard key={key.id} apiKey={key} rotate={() => askRotate(key)} revoke={() => askRevoke(key)} />
        ))}
        {ended.length > 0 && (
          <details className="ended">
            <summary>Keys that have ended ({ended.length})</summary>
            <Stack gap="sm" mt="sm">
              {ended.map((key) => (
                <KeyCard key={key.id} apiKey={key} />
              ))}
            </Stack>
          </details>
        )}
      </Stack>
      <Modal opened={isMaking} onClose={() => setMaking(false)} title="New key" centered>
        <KeyForm
          tenantId={tenantId}
          close={() => setMaking(false)}
          made={(name, text) => {
            setMaking(false);
            setSecret({ name, text });
            void refresh();
          }}
        />
      </Modal>
      <SecretDialog secret={secret} close={() => setSecret(null)} />
      <Confirm question={question} close={() => setQuestion(null)} />
    </>
  );
}

function KeyCard(props: {
  readonly apiKey: Key;
  readonly rotate?: () => void;
  readonly revoke?: () => void;
}): ReactElement {
  const { name, keyId, scopes, collectionIds, allowedNetworks, isTest, createdAt, expiresAt, lastUsedAt, revokedAt } =
    props.apiKey;
  const now = Date.now();
  const end =
    revokedAt != null
      ? `ended ${when(revokedAt, now)}`
      : expiresAt != null
        ? `ends ${when(expiresAt, now)}`
        : 'does not end';
  return (
    <Paper withBorder radius="lg" p="md" component="article" aria-label={`Key ${name}`}>
      <Group justify="space-between" align="flex-start">
        <div>
          <Group gap="xs">
            <Title order={2} size="h5" className="break">
              {name}
            </Title>
            {isTest && (
              <Badge variant="light" color="grape" className="plain-badge">
                for tests
              </Badge>
            )}
          </Group>
          <Text size="sm" c="dimmed">
            <code>{keyId}</code> · {lastUsedAt == null ? 'never used' : `last used ${when(lastUsedAt, now)}`} · made on{' '}
            {day(createdAt)} · {end}
          </Text>
        </div>
        {props.rotate && (
          <Group gap="xs">
            <Button size="xs" variant="default" onClick={props.rotate}>
              Replace
            </Button>
            <Button size="xs" variant="subtle" color="red" onClick={props.revoke}>
              End
            </Button>
          </Group>
        )}
      </Group>
      <Group gap={6} mt="xs">
        {scopes.map((scope) => (
          <Badge key={scope} variant="light" color="gray" className="plain-badge" title={SCOPES[scope].text}>
            {SCOPES[scope].title}
          </Badge>
        ))}
        {allowedNetworks != null && (
          <Badge variant="light" color="blue" className="plain-badge" title={allowedNetworks.join('\n')}>
            from {allowedNetworks.length === 1 ? allowedNetworks[0] : `${allowedNetworks.length} networks`} only
          </Badge>
        )}
        {collectionIds != null && (
          <Badge variant="light" color="blue" className="plain-badge" title={collectionIds.join('\n')}>
            {collectionIds.length === 1 ? 'in one collection only' : `in ${collectionIds.length} collections only`}
          </Badge>
        )}
      </Group>
    </Paper>
  );
}
