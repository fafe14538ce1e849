import type { SearchFacesQuery } from '@likeness/client';
import { Button, Paper, Slider, Stack, Text, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { enrolProbe } from '../probe-enrolment.ts';
import { count, strangers } from '../pure/words.ts';
import { useSession } from '../session.tsx';
import { useTell } from '../tell.tsx';
import { Candidates, type Probe } from './candidates.tsx';
import { FacedImage, type DrawnFace } from './faced-image.tsx';
import { Icon } from './icons.tsx';
import { useObjectUrl } from './import-list.tsx';
import { PersonPicker } from './person-picker.tsx';
import { Waiting } from './states.tsx';

type Answer = SearchFacesQuery['searchFaces'];

/** How far below the threshold candidates are shown, told apart. */
export const BELOW = 30;

export interface Found {
  readonly answer: Answer;
  /** The same with candidates below the threshold, once they have come. */
  readonly wider: Answer | null;
}

/** Of the wider answer the face at the same place: the two are of the same image. */
function samePlace(probes: readonly Probe[] | undefined, { boundingBox }: Probe): Probe | undefined {
  return probes?.find(
    ({ boundingBox: other }) =>
      Math.abs(other.left - boundingBox.left) < 0.005 && Math.abs(other.top - boundingBox.top) < 0.005,
  );
}

/** The photograph with a name at each face, and who each may be. */
export function SearchResult(props: {
  readonly image: File;
  readonly found: Found | null;
  readonly collectionId: string;
  /** Asks once more: somebody in it has become known. */
  readonly again: () => void;
}): ReactElement {
  const { image, found } = props;
  const { may } = useSession();
  const url = useObjectUrl(image);
  const [selected, setSelected] = useState('0');
  const [chosen, setChosen] = useState<number | null>(null);
  const answer = found?.answer;
  const threshold = chosen ?? answer?.threshold ?? 0;
  const probes = (answer?.probes ?? []).map((probe) => samePlace(found?.wider?.probes, probe) ?? probe);
  const drawn = probes.map((probe, index): DrawnFace => {
    const hits = probe.matches.filter(({ similarity }) => similarity >= threshold);
    // A name says more than the same face without one.
    const best = hits.find(({ person }) => person != null) ?? hits[0];
    const isHit = best !== undefined;
    const label = isHit
      ? (best.person?.displayName ?? 'Known, unnamed')
      : probe.reasons.length > 0
        ? 'Not searched'
        : 'Unknown';
    return {
      key: String(index),
      box: probe.boundingBox,
      label,
      tone: isHit ? 'known' : probe.reasons.length > 0 ? 'rejected' : 'unknown',
    };
  });
  const probe = probes[Number(selected)];
  return (
    <div className="result">
      <div className="result-image">
        {url && (
          <FacedImage
            src={url}
            alt={`The photograph ${image.name}`}
            faces={drawn}
            selected={selected}
            onSelect={setSelected}
          />
        )}
        {answer && (
          <Text size="sm" c="dimmed" mt="xs" role="status">
            {answer.probes.length === 0
              ? 'There is no face in this photograph. Try one in which a face is larger.'
              : `${count(answer.probes.length, 'face')}, looked for among ${answer.gallerySize.toLocaleString('en')} in ${Math.round(answer.timings.totalMs)} ms`}
            {answer.firstFrameOnly ? '. It is an animation: only its first frame was looked at.' : ''}
          </Text>
        )}
      </div>
      {!answer ? (
        <Waiting what="Looking" />
      ) : (
        <Stack className="result-side">
          {probe && (
            <Paper withBorder radius="lg" p="md">
              <Title order={2} size="h5" mb="sm">
                {probes.length > 1 ? `Face ${Number(selected) + 1}: ` : ''}
                {drawn[Number(selected)]!.label}
              </Title>
              <Candidates
                key={selected}
                probe={probe}
                src={url}
                threshold={threshold}
                isComplete={found?.wider != null}
              />
              {may('ENROLL') && may('READ') && (
                <EnrolProbe {...props} probe={probe} isAlone={answer.probes.length === 1} />
              )}
            </Paper>
          )}
          {answer.probes.length > 0 && found?.wider && (
            <Paper withBorder radius="lg" p="md">
              <Title order={2} size="h5">
                What counts as a match
              </Title>
              <Text size="sm" c="dimmed">
                A similarity of {Math.round(threshold * 10) / 10} of 100.
                {chosen === null && ` A stranger would get that ${strangers(answer.estimatedFpir)} times.`}
              </Text>
              <Slider
                value={threshold}
                onChange={setChosen}
                min={Math.max(0, Math.floor(answer.threshold - BELOW))}
                max={100}
                label={null}
                thumbLabel="Similarity that counts as a match"
                mt="sm"
              />
              {chosen !== null && (
                <Button size="compact-sm" variant="subtle" mt="sm" onClick={() => setChosen(null)}>
                  Back to {Math.round(answer.threshold * 10) / 10}, the collection’s own
                </Button>
              )}
            </Paper>
          )}
        </Stack>
      )}
    </div>
  );
}

/** Makes a face of the photograph one of somebody's, known or new. */
function EnrolProbe(props: {
  readonly image: File;
  readonly collectionId: string;
  readonly probe: Probe;
  readonly isAlone: boolean;
  readonly again: () => void;
}): ReactElement {
  const { image, collectionId, probe, isAlone, again } = props;
  const { client } = useSession();
  const queries = useQueryClient();
  const tell = useTell();
  const [isPicking, setPicking] = useState(false);
  return (
    <>
      <Button
        variant="default"
        size="sm"
        mt="md"
        leftSection={<Icon name="plus" size={16} />}
        onClick={() => setPicking(true)}
      >
        Add this face as…
      </Button>
      <PersonPicker
        isOpen={isPicking}
        title="Whose face is it?"
        collectionId={collectionId}
        mayMake
        pick={async (person) => {
          tell(await enrolProbe(client, collectionId, { image, box: probe.boundingBox, isAlone }, person));
          await queries.invalidateQueries();
          again();
        }}
        close={() => setPicking(false)}
      />
    </>
  );
}
