import type { SearchFacesQuery } from '@likeness/client';
import { Badge, Group, Stack, Text } from '@mantine/core';
import type { ReactElement } from 'react';
import { hrefOf } from '../pure/routes.ts';
import { REASONS } from '../pure/words.ts';
import { Crop } from './crop.tsx';

export type Probe = SearchFacesQuery['searchFaces']['probes'][number];

/** Who a face may be: those who are similar enough, and, told apart, those who are not. */
export function Candidates(props: {
  readonly probe: Probe;
  readonly threshold: number;
  readonly isComplete: boolean;
}): ReactElement {
  const { probe, threshold } = props;
  if (probe.reasons.length > 0) {
    return (
      <Text size="sm">
        This face was not looked for:{' '}
        {probe.reasons
          .map((reason) => REASONS[reason])
          .join(', ')
          .toLowerCase()}
        .
      </Text>
    );
  }
  if (probe.matches.length === 0) {
    return (
      <Text size="sm">
        {props.isComplete ? 'Nobody in the collection looks like this.' : 'Nobody in the collection is this person.'}
      </Text>
    );
  }
  const hits = probe.matches.filter(({ similarity }) => similarity >= threshold);
  const others = probe.matches.filter(({ similarity }) => similarity < threshold);
  return (
    <Stack gap="xs">
      {hits.map((match) => (
        <Candidate key={match.face.id} match={match} isHit />
      ))}
      {others.length > 0 && (
        <>
          <Text size="sm" c="dimmed" mt={hits.length > 0 ? 'xs' : 0}>
            Not similar enough to count
          </Text>
          {others.map((match) => (
            <Candidate key={match.face.id} match={match} isHit={false} />
          ))}
        </>
      )}
    </Stack>
  );
}

function Candidate({
  match,
  isHit,
}: {
  readonly match: Probe['matches'][number];
  readonly isHit: boolean;
}): ReactElement {
  const { person, face, similarity } = match;
  const inner = (
    <>
      <span className="candidate-crop">
        <Crop url={face.cropUrl} alt="" eager />
      </span>
      <span className="row-text">
        <Text component="span" fw={500} className="break">
          {person?.displayName ?? 'Nobody has named this face'}
        </Text>
        <span className="bar" aria-hidden="true">
          <span className={isHit ? 'bar-hit' : 'bar-miss'} style={{ width: `${similarity}%` }} />
        </span>
      </span>
      <Group gap={4}>
        <Badge variant={isHit ? 'filled' : 'light'} color={isHit ? 'teal.9' : 'gray'} className="plain-badge">
          {similarity.toFixed(1)}
        </Badge>
      </Group>
    </>
  );
  const href = person ? hrefOf('person', person.id) : undefined;
  return href ? (
    <a className="candidate" href={href}>
      {inner}
    </a>
  ) : (
    <div className="candidate">{inner}</div>
  );
}
