import { AccountDocument, CollectionCountsDocument, ModelPacksDocument } from '@likeness/client';
import { Badge, Button, Group, Paper, Progress, Stack, Text, Title } from '@mantine/core';
import { useQueries, useQuery } from '@tanstack/react-query';
import type { ReactElement, ReactNode } from 'react';
import { useCollections } from '../collection-choice.tsx';
import { Icon, type IconName } from '../parts/icons.tsx';
import { Problem, ScreenHead, Waiting } from '../parts/states.tsx';
import { NoCollection } from '../parts/no-collection.tsx';
import { hrefOf } from '../pure/routes.ts';
import { count, SCOPES, when } from '../pure/words.ts';
import { useSession } from '../session.tsx';

export default function Overview(): ReactElement {
  const { client, session, may } = useSession();
  const account = useQuery({
    queryKey: ['account'],
    queryFn: ({ signal }) => client.request(AccountDocument, {}, { signal }),
  });
  const collections = useCollections();
  const ids = (collections.data ?? []).slice(0, 20).map(({ id }) => id);
  const counts = useQueries({
    queries: ids.map((id) => ({
      queryKey: ['counts', id],
      queryFn: ({ signal }: { signal: AbortSignal }) => client.request(CollectionCountsDocument, { id }, { signal }),
    })),
  });
  if (account.error) return <Problem error={account.error} retry={() => void account.refetch()} />;
  if (!account.data) return <Waiting />;
  const { usage, limits } = account.data.viewer;
  const sum = (field: 'unassignedFaceCount' | 'unindexedFaceCount'): number =>
    counts.reduce((total, { data }) => total + (data?.collection?.[field] ?? 0), 0);
  const [first] = ids;
  return (
    <>
      <ScreenHead title={session.tenant?.name ?? 'Overview'} text={<KeyLine />}>
        {may('SEARCH') && first && (
          <Button
            component="a"
            href={hrefOf('search', first)}
            variant="default"
            leftSection={<Icon name="search" size={18} />}
          >
            Search
          </Button>
        )}
        {may('ENROLL') && first && (
          <Button component="a" href={hrefOf('add', first)} leftSection={<Icon name="add" size={18} />}>
            Add images
          </Button>
        )}
      </ScreenHead>
      <Stack gap="lg">
        <div className="figures">
          <Figure icon="people" label="People" value={usage?.persons} href={first && hrefOf('people', first)} />
          <Figure icon="image" label="Faces that searches find" value={usage?.faces} />
          {may('READ') && (
            <>
              <Figure
                icon="unnamed"
                label="Unnamed faces"
                value={sum('unassignedFaceCount')}
                href={first && hrefOf('unnamed', first)}
              />
              <Figure icon="warning" label="Faces that were not good enough" value={sum('unindexedFaceCount')} />
            </>
          )}
        </div>
        {collections.data?.length === 0 && <NoCollection />}
        <div className="columns">
          {collections.data && collections.data.length > 0 && (
            <Card title="Collections" more={<a href={hrefOf('collections')}>All of them</a>}>
              {collections.data.slice(0, 6).map(({ id, name, personCount, faceCount, modelPackId }) => (
                <a key={id} className="row-link" href={hrefOf('people', id)}>
                  <Icon name="collections" />
                  <div className="row-text">
                    <Text fw={500} truncate>
                      {name}
                    </Text>
                    <Text size="sm" c="dimmed">
                      {count(personCount, 'person', 'people')}, {count(faceCount, 'face')} · {modelPackId}
                    </Text>
                  </div>
                </a>
              ))}
            </Card>
          )}
          <Card title="Room" more={may('ADMIN') && <a href={hrefOf('usage')}>Usage by day</a>}>
            <Room label="Collections" used={usage?.collections} most={limits?.maxCollections} />
            <Room label="People" used={usage?.persons} most={limits?.maxPersons} />
            <Room label="Faces" used={usage?.faces} most={limits?.maxFaces} />
            <Room label="Images, MB" used={usage?.imageMegabytes} most={limits?.maxImageMegabytes} />
          </Card>
          <Health />
          <Card title="Your key">
            <Text size="sm" c="dimmed">
              “{session.keyName}” may:
            </Text>
            <Group gap={6}>
              {Object.entries(SCOPES).map(([scope, { title }]) => (
                <Badge
                  key={scope}
                  variant={session.scopes.includes(scope) ? 'light' : 'outline'}
                  color={session.scopes.includes(scope) ? 'blue' : 'gray'}
                  className="plain-badge"
                >
                  {session.scopes.includes(scope) ? title : `not: ${title}`}
                </Badge>
              ))}
            </Group>
          </Card>
        </div>
      </Stack>
    </>
  );
}

function KeyLine(): ReactElement {
  const { session } = useSession();
  const ends = session.keyExpiresAt;
  return (
    <>
      {ends
        ? `Signed in with “${session.keyName}”, which ends ${when(ends, Date.now())}`
        : `Signed in with “${session.keyName}”`}
    </>
  );
}

function Figure(props: {
  readonly icon: IconName;
  readonly label: string;
  readonly value: number | undefined;
  readonly href?: string | undefined;
}): ReactElement {
  const inner = (
    <>
      <span className="figure-icon">
        <Icon name={props.icon} />
      </span>
      <span className="figure-value">{(props.value ?? 0).toLocaleString('en')}</span>
      <span className="figure-label">{props.label}</span>
    </>
  );
  return props.href ? (
    <a className="figure" href={props.href}>
      {inner}
    </a>
  ) : (
    <div className="figure">{inner}</div>
  );
}

export function Card(props: {
  readonly title: string;
  readonly more?: ReactNode;
  readonly children: ReactNode;
}): ReactElement {
  return (
    <Paper withBorder radius="lg" p="md">
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h5">
          {props.title}
        </Title>
        {props.more}
      </Group>
      <Stack gap="xs">{props.children}</Stack>
    </Paper>
  );
}

function Room(props: {
  readonly label: string;
  readonly used: number | undefined;
  readonly most: number | null | undefined;
}): ReactElement {
  const { label, used = 0, most } = props;
  const share = most ? (used / most) * 100 : 0;
  return (
    <div>
      <Group justify="space-between">
        <Text size="sm">{label}</Text>
        <Text size="sm" c="dimmed">
          {used.toLocaleString('en')}
          {most == null ? ', no limit' : ` of ${most.toLocaleString('en')}`}
        </Text>
      </Group>
      {most != null && (
        <Progress value={share} color={share > 90 ? 'orange' : 'blue'} size="sm" mt={4} aria-label={`${label} used`} />
      )}
    </div>
  );
}

const PARTS: Readonly<Record<string, string>> = {
  database: 'Database',
  queue: 'Queue of jobs',
  events: 'Live news',
  vectorIndex: 'Search index',
  imageStore: 'Store of images',
  storage: 'Room on the disk',
};

function Health(): ReactElement {
  const { client } = useSession();
  const health = useQuery({
    queryKey: ['health'],
    refetchInterval: 30_000,
    queryFn: async ({ signal }) => {
      const response = await fetch(new URL('readyz', document.baseURI), { signal });
      return (await response.json()) as { status: string; checks: Record<string, string> };
    },
  });
  const packs = useQuery({
    queryKey: ['packs'],
    staleTime: 300_000,
    queryFn: ({ signal }) => client.request(ModelPacksDocument, {}, { signal }),
  });
  const bad = Object.entries(health.data?.checks ?? {}).filter(([, state]) => state !== 'ok');
  const isWell = health.data !== undefined && bad.length === 0;
  return (
    <Card title="Server">
      <Group gap="xs" wrap="nowrap">
        <span className={`dot ${isWell ? 'dot-good' : 'dot-bad'}`} aria-hidden="true" />
        <Text size="sm">
          {health.data === undefined
            ? 'Asking how it is…'
            : isWell
              ? 'Everything works.'
              : bad
                  .map(([part, state]) => `${PARTS[part] ?? part}: ${state === 'low' ? 'nearly full' : 'not reached'}`)
                  .join('; ')}
        </Text>
      </Group>
      {packs.data?.modelPacks.map((pack, index) => (
        <Text key={pack.id} size="sm" c="dimmed">
          Recognises with {pack.id}
          {index === 0 ? ', the default' : ''}.{' '}
          {pack.commercialUse ? 'Commercial use allowed' : 'Not for commercial use'} ({pack.licence}).
        </Text>
      ))}
    </Card>
  );
}
