import {
  CancelJobDocument,
  JobItemsDocument,
  JobsDocument,
  RetryJobDocument,
  type JobFieldsFragment,
} from '@likeness/client';
import { Badge, Button, Group, Paper, Progress, Stack, Text, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient, type InfiniteData } from '@tanstack/react-query';
import { useEffect, useState, type ReactElement } from 'react';
import type { JobsQuery } from '@likeness/client';
import { useCollections } from '../collection-choice.tsx';
import { Icon } from '../parts/icons.tsx';
import { Empty, Problem, ScreenHead, Waiting } from '../parts/states.tsx';
import { count, JOB_STATES, REASONS, when } from '../pure/words.ts';
import { sentenceOf, useSession } from '../session.tsx';

type Job = JobFieldsFragment;

const KEY = ['jobs'];
const COLOURS: Readonly<Record<Job['state'], string>> = {
  QUEUED: 'gray',
  IN_PROGRESS: 'blue',
  SUCCEEDED: 'teal',
  FAILED: 'red',
  CANCELLED: 'gray',
};
const isOpen = ({ state }: Job): boolean => state === 'QUEUED' || state === 'IN_PROGRESS';

export default function Jobs(): ReactElement {
  const { client } = useSession();
  const jobs = useInfiniteQuery({
    queryKey: KEY,
    refetchInterval: 15_000,
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => client.request(JobsDocument, { first: 30, after: pageParam }, { signal }),
    getNextPageParam: ({ jobs: { pageInfo } }) => (pageInfo.hasNextPage ? pageInfo.endCursor : undefined),
  });
  const rows = jobs.data?.pages.flatMap((page) => page.jobs.nodes) ?? [];
  useLive(rows.filter(isOpen).map(({ id }) => id));
  if (jobs.error) return <Problem error={jobs.error} retry={() => void jobs.refetch()} />;
  if (!jobs.data) return <Waiting />;
  return (
    <>
      <ScreenHead title="Jobs" text="Work that goes on by itself, newest first. It is followed live." />
      {rows.length === 0 ? (
        <Empty icon="jobs" title="No job yet">
          When you add images or delete something, its job is shown here, with what became of each image.
        </Empty>
      ) : (
        <Stack gap="sm">
          {rows.map((job) => (
            <JobCard key={job.id} job={job} />
          ))}
          {jobs.hasNextPage && (
            <Group justify="center">
              <Button variant="default" onClick={() => void jobs.fetchNextPage()} loading={jobs.isFetchingNextPage}>
                Show older jobs
              </Button>
            </Group>
          )}
        </Stack>
      )}
    </>
  );
}

/** Follows jobs that are under way, and writes what is heard into the list. */
function useLive(ids: readonly string[]): void {
  const { client } = useSession();
  const queries = useQueryClient();
  const followed = ids.slice(0, 20).join(' ');
  useEffect(() => {
    const ended = new AbortController();
    const put = (job: Job): void => {
      queries.setQueryData<InfiniteData<JobsQuery>>(
        KEY,
        (data) =>
          data && {
            ...data,
            pages: data.pages.map((page) => ({
              ...page,
              jobs: { ...page.jobs, nodes: page.jobs.nodes.map((one) => (one.id === job.id ? job : one)) },
            })),
          },
      );
    };
    const follow = async (id: string): Promise<void> => {
      for await (const { job } of client.followJob(id, { signal: ended.signal })) if (job) put(job);
    };
    // What cannot be followed is asked for every few seconds all the same.
    for (const id of followed.split(' ').filter(Boolean)) follow(id).catch(() => undefined);
    return () => ended.abort();
  }, [client, queries, followed]);
}

function JobCard({ job }: { readonly job: Job }): ReactElement {
  const { client, may } = useSession();
  const queries = useQueryClient();
  const collections = useCollections();
  const [isShown, setShown] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const { progress } = job;
  const name = collections.data?.find(({ id }) => id === job.collectionId)?.name;
  const isEnrolment = job.kind === 'ENROLLMENT';
  const act = async (what: () => Promise<unknown>): Promise<void> => {
    setBusy(true);
    try {
      await what();
      await queries.invalidateQueries({ queryKey: KEY });
    } catch (error) {
      notifications.show({ color: 'red', message: sentenceOf(error) });
    }
    setBusy(false);
  };
  const share = (number: number): number => (progress.total === 0 ? 0 : (number / progress.total) * 100);
  return (
    <Paper withBorder radius="lg" p="md" component="article" aria-label={`Job of ${when(job.createdAt, Date.now())}`}>
      <Group justify="space-between" align="flex-start">
        <div>
          <Group gap="xs">
            <Title order={2} size="h5">
              {isEnrolment
                ? `Adding ${count(progress.total, 'image')}`
                : job.kind === 'DELETION'
                  ? 'Removing what was deleted'
                  : job.kind}
              {name ? ` · ${name}` : ''}
            </Title>
            <Badge variant="light" color={COLOURS[job.state]} className="plain-badge">
              {job.cancelRequestedAt && isOpen(job) ? 'Stopping' : JOB_STATES[job.state]}
            </Badge>
          </Group>
          <Text size="sm" c="dimmed">
            {when(job.createdAt, Date.now())}
            {isEnrolment && ` · ${progress.indexed.toLocaleString('en')} added`}
            {progress.unindexed > 0 && `, ${progress.unindexed.toLocaleString('en')} without a good face`}
            {progress.failed > 0 && `, ${progress.failed.toLocaleString('en')} failed`}
            {progress.cancelled > 0 && `, ${progress.cancelled.toLocaleString('en')} cancelled`}
          </Text>
        </div>
        <Group gap="xs">
          {isEnrolment && isOpen(job) && may('ENROLL') && !job.cancelRequestedAt && (
            <Button
              size="xs"
              variant="default"
              loading={isBusy}
              onClick={() => void act(() => client.request(CancelJobDocument, { input: { id: job.id } }))}
            >
              Cancel
            </Button>
          )}
          {isEnrolment && !isOpen(job) && progress.failed > 0 && may('ENROLL') && (
            <Button
              size="xs"
              variant="default"
              loading={isBusy}
              leftSection={<Icon name="refresh" size={14} />}
              onClick={() => void act(() => client.request(RetryJobDocument, { input: { id: job.id } }))}
            >
              Try {count(progress.failed, 'image')} again
            </Button>
          )}
          {isEnrolment && (
            <Button size="xs" variant="subtle" aria-expanded={isShown} onClick={() => setShown(!isShown)}>
              {isShown ? 'Hide images' : 'Show images'}
            </Button>
          )}
        </Group>
      </Group>
      {isOpen(job) && (
        <Progress.Root size="md" mt="sm">
          <Progress.Section value={share(progress.done)} color="teal" aria-label="Done" />
          <Progress.Section value={share(progress.failed)} color="red" aria-label="Failed" />
        </Progress.Root>
      )}
      {job.error && (
        <Text size="sm" c="red" mt="xs">
          {job.error.message}
        </Text>
      )}
      {isShown && (
        <Items
          jobId={job.id}
          done={progress.done + progress.failed}
          retry={
            isOpen(job) || !may('ENROLL')
              ? undefined
              : (itemId) => act(() => client.request(RetryJobDocument, { input: { id: job.id, itemIds: [itemId] } }))
          }
        />
      )}
    </Paper>
  );
}

function Items({
  jobId,
  done,
  retry,
}: {
  readonly jobId: string;
  readonly done: number;
  /** Undefined: nothing can be tried again now. */
  readonly retry: ((itemId: string) => Promise<void>) | undefined;
}): ReactElement {
  const { client } = useSession();
  const items = useQuery({
    queryKey: ['job-items', jobId, done],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const { job } = await client.request(JobItemsDocument, { jobId, first: 200, withTotal: true }, { signal });
      return job?.items ?? null;
    },
  });
  if (items.error) return <Problem error={items.error} />;
  if (!items.data) return <Waiting />;
  return (
    <div className="items">
      <table>
        <thead>
          <tr>
            <th scope="col">Image</th>
            <th scope="col">Outcome</th>
          </tr>
        </thead>
        <tbody>
          {items.data.nodes.map((item) => (
            <tr key={item.id}>
              <td className="break">{item.externalImageId ?? `Image ${item.ordinal + 1}`}</td>
              <td>
                {item.error
                  ? item.error.message
                  : item.state === 'SUCCEEDED'
                    ? item.faceRecords.length > 0
                      ? `${count(item.faceRecords.length, 'face')}${item.duplicate ? ', there already' : ''}`
                      : `No good face: ${item.unindexedFaces.flatMap(({ reasons }) => reasons.map((reason) => REASONS[reason])).join(', ')}`
                    : { PENDING: 'Waiting', RUNNING: 'Working', CANCELLED: 'Cancelled', FAILED: 'Failed' }[item.state]}
                {item.state === 'FAILED' && retry && (
                  <Button
                    size="compact-xs"
                    variant="subtle"
                    ml="xs"
                    aria-label={`Try again: ${item.externalImageId ?? `image ${item.ordinal + 1}`}`}
                    onClick={() => void retry(item.id)}
                  >
                    Try again
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {(items.data.totalCount ?? 0) > items.data.nodes.length && (
        <Text size="sm" c="dimmed" mt="xs">
          The first {items.data.nodes.length} of {items.data.totalCount?.toLocaleString('en')}.
        </Text>
      )}
    </div>
  );
}
