import { UsageDocument } from '@likeness/client';
import { Button, Paper, SegmentedControl, Text, Title } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { Empty, Problem, ScreenHead, Waiting } from '../parts/states.tsx';
import { save } from '../parts/save-file.ts';
import type { Place } from '../pure/routes.ts';
import { amount, csvOf, everyDay, MEASURES, periodOf, totalOf, type UsageDay } from '../pure/usage-days.ts';
import { day } from '../pure/words.ts';
import { replaceQuery } from '../router.ts';
import { useSession } from '../session.tsx';

const PERIODS = [
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: 'A year' },
];

/** What a tenant used by day; the operator sees that of the tenant whom the place names. */
export default function Usage({ place }: { readonly place: Place }): ReactElement {
  const { client, session } = useSession();
  const tenantId = session.tenant ? undefined : place.id;
  const days = PERIODS.some(({ value }) => value === place.query['days']) ? place.query['days']! : '30';
  const usage = useQuery({
    queryKey: ['usage', tenantId, days],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const period = periodOf(Number(days), Date.now());
      const answer = await client.request(UsageDocument, { ...period, tenantId }, { signal });
      return everyDay(answer.usage, period);
    },
  });
  const name = session.tenant ? undefined : place.query['name'];
  return (
    <>
      <ScreenHead
        title={name ? `Usage of ${name}` : 'Usage'}
        text="What was used on each day (UTC). A second behind what is done."
      >
        {usage.data && (
          <Button variant="default" onClick={() => save('usage.csv', 'text/csv', csvOf(usage.data))}>
            Save as a table
          </Button>
        )}
      </ScreenHead>
      <SegmentedControl
        aria-label="Period"
        data={PERIODS}
        value={days}
        onChange={(value) => replaceQuery(place, { days: value })}
        mb="md"
      />
      {usage.error ? (
        <Problem error={usage.error} retry={() => void usage.refetch()} />
      ) : !usage.data ? (
        <Waiting />
      ) : MEASURES.every(({ name: measure }) => totalOf(usage.data, measure) === 0) ? (
        <Empty icon="usage" title="Nothing was used in this time">
          Searches, images that are added and files that are sent are counted here, day by day.
        </Empty>
      ) : (
        <div className="columns">
          {MEASURES.map((measure) => (
            <Bars key={measure.name} days={usage.data} {...measure} />
          ))}
        </div>
      )}
    </>
  );
}

/** A bar for each day; read aloud as its total and its highest day. */
function Bars(props: { readonly days: readonly UsageDay[] } & (typeof MEASURES)[number]): ReactElement {
  const { days, name, label, unit } = props;
  const most = days.reduce((best, row) => (row[name] > best[name] ? row : best));
  const total = amount(totalOf(days, name), unit);
  return (
    <Paper withBorder radius="lg" p="md" component="section" aria-label={label}>
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      <Title order={2} size="h3">
        {total}
      </Title>
      <svg
        className="bars"
        viewBox={`0 0 ${days.length} 100`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${label}: ${total} in ${days.length} days, at most ${amount(most[name], unit)}, on ${day(most.day)}`}
      >
        {days.map((row, at) => {
          const height = most[name] === 0 ? 0 : Math.max(row[name] === 0 ? 0 : 2, (row[name] / most[name]) * 100);
          return (
            <rect key={row.day} x={at + 0.1} y={100 - height} width={0.8} height={height}>
              <title>{`${day(row.day)}: ${amount(row[name], unit)}`}</title>
            </rect>
          );
        })}
      </svg>
      <div className="bars-ends">
        <span>{day(days[0]!.day)}</span>
        <span>{day(days.at(-1)!.day)}</span>
      </div>
    </Paper>
  );
}
