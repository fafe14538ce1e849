import { ApiKeysDocument, AuditLogDocument, type AuditEntryFieldsFragment } from '@likeness/client';
import { Button, Group, Paper, Select, Text, TextInput } from '@mantine/core';
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { useCollections } from '../collection-choice.tsx';
import { Empty, Problem, ScreenHead, Waiting } from '../parts/states.tsx';
import { actOf, AUDIT_VIEWS, viewOf } from '../pure/audit-words.ts';
import type { Place } from '../pure/routes.ts';
import { count } from '../pure/words.ts';
import { replaceQuery } from '../router.ts';
import { useSession } from '../session.tsx';

type Entry = AuditEntryFieldsFragment;

const PARTIES: Readonly<Record<string, string>> = {
  OPERATOR: 'The operator',
  ADDRESS: 'Whoever had the address',
  JOB: 'The server',
};

/** Who did what, and when: searches first. */
export default function Audit({ place }: { readonly place: Place }): ReactElement {
  const { client } = useSession();
  const view = viewOf(place.query['what']);
  const since = place.query['since'] ?? '';
  const from = /^\d{4}-\d\d-\d\d$/.test(since) ? new Date(`${since}T00:00:00`).toISOString() : undefined;
  const entries = useInfiniteQuery({
    queryKey: ['audit', view, from],
    placeholderData: keepPreviousData,
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => {
      const filter = { operations: AUDIT_VIEWS[view].operations, from };
      const orderBy = { field: 'CREATED_AT', direction: 'DESC' } as const;
      return client.request(AuditLogDocument, { filter, orderBy, first: 100, after: pageParam }, { signal });
    },
    getNextPageParam: ({ auditLog: { pageInfo } }) => (pageInfo.hasNextPage ? pageInfo.endCursor : undefined),
  });
  const rows = entries.data?.pages.flatMap((page) => page.auditLog.nodes) ?? [];
  return (
    <>
      <ScreenHead title="Audit" text="Who did what, and when; newest first. Nothing in it can be changed unseen." />
      <div className="toolbar">
        <Select
          aria-label="What to show"
          w={220}
          data={Object.entries(AUDIT_VIEWS).map(([value, { label }]) => ({ value, label }))}
          value={view}
          onChange={(what) => what && replaceQuery(place, { what })}
          allowDeselect={false}
        />
        <TextInput
          type="date"
          aria-label="From this day on"
          value={since}
          onChange={(event) => replaceQuery(place, { since: event.currentTarget.value || undefined })}
        />
      </div>
      {entries.error ? (
        <Problem error={entries.error} retry={() => void entries.refetch()} />
      ) : !entries.data ? (
        <Waiting />
      ) : rows.length === 0 ? (
        <Empty icon="audit" title="Nothing of that kind yet">
          {view === 'searches'
            ? 'Every search is written down here: when, with which key, and how much was found.'
            : 'It stands here a second after it was done.'}
        </Empty>
      ) : (
        <Paper withBorder radius="lg" p="md">
          <Entries rows={rows} />
        </Paper>
      )}
      {entries.hasNextPage && (
        <Group justify="center" mt="md">
          <Button variant="default" onClick={() => void entries.fetchNextPage()} loading={entries.isFetchingNextPage}>
            Show older
          </Button>
        </Group>
      )}
    </>
  );
}

function Entries({ rows }: { readonly rows: readonly Entry[] }): ReactElement {
  const collections = useCollections();
  const keys = useKeyNames();
  const nameOf = (id: string): string => collections.data?.find((one) => one.id === id)?.name ?? 'a deleted collection';
  return (
    <div className="items audit">
      <table>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">What</th>
            <th scope="col">Who</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              <td>
                <time dateTime={row.at}>{new Date(row.at).toLocaleString('en-GB')}</time>
              </td>
              <td className="break">
                {actOf(row.operation)}
                <Text component="span" size="sm" c="dimmed">
                  {row.collectionIds.length > 0 && ` in ${row.collectionIds.map(nameOf).join(', ')}`}
                  {row.results != null && `, ${row.results === 0 ? 'nobody found' : `${row.results} found`}`}
                  {row.results == null && row.subjectCount > 0 && `, ${count(row.subjectCount, 'thing')}`}
                </Text>
              </td>
              <td className="break">
                {row.actor ??
                  (row.apiKeyId ? (keys.get(row.apiKeyId) ?? `Key ${row.apiKeyId}`) : PARTIES[row.by ?? ''])}
                {row.address && (
                  <Text component="span" size="sm" c="dimmed">
                    {' '}
                    {row.address}
                  </Text>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Names of the keys, for who may see them. */
function useKeyNames(): ReadonlyMap<string, string> {
  const { client, may } = useSession();
  const keys = useQuery({
    queryKey: ['key-names'],
    enabled: may('ADMIN'),
    staleTime: 60_000,
    queryFn: async ({ signal }) => {
      const { apiKeys } = await client.request(ApiKeysDocument, { last: 1_000 }, { signal });
      return new Map(apiKeys.nodes.map(({ id, name }) => [id, name]));
    },
  });
  return keys.data ?? new Map<string, string>();
}
