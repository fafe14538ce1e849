import type { SearchFacesQuery } from '@likeness/client';
import { Badge, Group, Stack, Text } from '@mantine/core';
import { useState, type ReactElement } from 'react';
import { hrefOf } from '../pure/routes.ts';
import { REASONS } from '../pure/words.ts';
import { Crop } from './crop.tsx';
import { ProbeCrop } from './probe-crop.tsx';

export type Probe = SearchFacesQuery['searchFaces']['probes'][number];
type Match = Probe['matches'][number];

/** Who a face may be: those who are similar enough, and, told apart, those who are not. */
export function Candidates(props: {
  readonly probe: Probe;
  /** Address of the photograph that the probe is in. */
  readonly src: string | undefined;
  readonly threshold: number;
  readonly isComplete: boolean;
}): ReactElement {
  const { probe, src, threshold } = props;
  const [open, setOpen] = useState<string | null>(null);
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
  const candidate = (match: Match, isHit: boolean): ReactElement => (
    <Candidate
      key={match.face.id}
      match={match}
      isHit={isHit}
      probe={probe}
      src={src}
      isOpen={open === match.face.id}
      toggle={() => setOpen(open === match.face.id ? null : match.face.id)}
    />
  );
  return (
    <Stack gap="xs">
      {hits.map((match) => candidate(match, true))}
      {others.length > 0 && (
        <>
          <Text size="sm" c="dimmed" mt={hits.length > 0 ? 'xs' : 0}>
            Not similar enough to count
          </Text>
          {others.map((match) => candidate(match, false))}
        </>
      )}
    </Stack>
  );
}

function Candidate(props: {
  readonly match: Match;
  readonly isHit: boolean;
  readonly probe: Probe;
  readonly src: string | undefined;
  readonly isOpen: boolean;
  readonly toggle: () => void;
}): ReactElement {
  const { match, isHit, isOpen } = props;
  const { person, face, similarity } = match;
  return (
    <div>
      <button type="button" className="candidate" aria-expanded={isOpen} onClick={props.toggle}>
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
      </button>
      {isOpen && <Why {...props} />}
    </div>
  );
}

/** The face that was found beside the one that was looked for, and what else speaks for it. */
function Why({
  match,
  isHit,
  probe,
  src,
}: {
  readonly match: Match;
  readonly isHit: boolean;
  readonly probe: Probe;
  readonly src: string | undefined;
}): ReactElement {
  const { person, face, similarity, supportingFaces } = match;
  const others = supportingFaces.filter(({ face: other }) => other.id !== face.id);
  return (
    <div className="why">
      <div className="why-pair">
        <figure>
          {src && <ProbeCrop src={src} box={probe.boundingBox} alt="The face of your photograph" />}
          <figcaption>Your photograph</figcaption>
        </figure>
        <figure>
          <Crop url={face.cropUrl} alt={`The most similar face of ${person?.displayName ?? 'nobody'}`} eager />
          <figcaption>{person ? 'Their most similar face' : 'The face that was found'}</figcaption>
        </figure>
      </div>
      <Text size="sm">
        {similarity.toFixed(1)} of 100: {isHit ? 'similar enough to count.' : 'less than what counts as a match.'}
      </Text>
      {others.length > 0 && (
        <>
          <Text size="sm" c="dimmed" mt="xs">
            Other faces of theirs that are near
          </Text>
          <ul className="why-others">
            {others.map(({ face: other, similarity: near }) => (
              <li key={other.id}>
                <Crop url={other.cropUrl} alt="" eager />
                {near.toFixed(1)}
              </li>
            ))}
          </ul>
        </>
      )}
      {person && (
        <Text size="sm" mt="xs">
          <a href={hrefOf('person', person.id)}>See {person.displayName}</a>
        </Text>
      )}
    </div>
  );
}
