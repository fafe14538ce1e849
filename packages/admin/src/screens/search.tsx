import { SearchFacesDocument, type LikenessClient, type SearchFacesQuery } from '@likeness/client';
import { Alert, Button, Paper, Slider, Stack, Text, Title } from '@mantine/core';
import { useCallback, useEffect, useRef, useState, type DragEvent, type ReactElement } from 'react';
import { useCollection } from '../collection-choice.tsx';
import { Candidates, type Probe } from '../parts/candidates.tsx';
import { FacedImage, type DrawnFace } from '../parts/faced-image.tsx';
import { Icon } from '../parts/icons.tsx';
import { useObjectUrl } from '../parts/import-list.tsx';
import { NoCollection } from '../parts/no-collection.tsx';
import { ScreenHead, Waiting } from '../parts/states.tsx';
import type { Place } from '../pure/routes.ts';
import { count, strangers } from '../pure/words.ts';
import { sentenceOf, useSession } from '../session.tsx';

type Answer = SearchFacesQuery['searchFaces'];

/** How far below the threshold candidates are shown, told apart. */
const BELOW = 30;

interface Found {
  readonly answer: Answer;
  /** The same with candidates below the threshold, once they have come. */
  readonly wider: Answer | null;
}

async function search(
  client: LikenessClient,
  collectionId: string,
  image: Blob,
  mayLookWider: boolean,
  show: (found: Found) => void,
): Promise<void> {
  const collectionIds = [collectionId];
  const uploadId = await client.uploadFile(image);
  const { searchFaces: answer } = await client.request(SearchFacesDocument, { collectionIds, image: { uploadId } });
  show({ answer, wider: null });
  if (!mayLookWider || answer.gallerySize === 0) return;
  const threshold = Math.max(0, Math.floor(answer.threshold - BELOW));
  const variables = { collectionIds, image: { uploadId }, threshold, limit: 10 };
  const { searchFaces: wider } = await client.request(SearchFacesDocument, variables);
  show({ answer, wider });
}

export default function Search({ place }: { readonly place: Place }): ReactElement {
  const { client, may } = useSession();
  const { id: collectionId, collection, isEmpty } = useCollection(place);
  const [image, setImage] = useState<File | null>(null);
  const [found, setFound] = useState<Found | null>(null);
  const [error, setError] = useState<string | null>(null);
  const isReader = may('READ');
  const latest = useRef(0);
  const take = useCallback(
    (file: File | undefined | null): void => {
      if (!file || !collectionId) return;
      const mine = (latest.current += 1);
      setImage(file);
      setFound(null);
      setError(null);
      search(client, collectionId, file, isReader, (next) => void (mine === latest.current && setFound(next))).catch(
        (problem: unknown) => {
          if (mine !== latest.current) return;
          setError(sentenceOf(problem));
        },
      );
    },
    [client, collectionId, isReader],
  );
  useEffect(() => {
    const paste = (event: ClipboardEvent): void => {
      const file = [...(event.clipboardData?.files ?? [])].find(({ type }) => type.startsWith('image/'));
      if (file) take(file);
    };
    window.addEventListener('paste', paste);
    return () => window.removeEventListener('paste', paste);
  }, [take]);
  if (isEmpty) return <NoCollection />;
  return (
    <>
      <ScreenHead
        title="Search"
        text={
          collection
            ? `Who is this? Asked of the ${count(collection.faceCount, 'face')} in ${collection.name}`
            : undefined
        }
      />
      <Chooser take={take} isSmall={image !== null} />
      {error && (
        <Alert color="red" mt="md" role="alert" icon={<Icon name="warning" />}>
          {error}
        </Alert>
      )}
      {image && !error && (
        <Result key={`${image.name} ${image.lastModified}`} image={image} found={found} collectionId={collectionId} />
      )}
    </>
  );
}

function Chooser(props: { readonly take: (file: File | undefined) => void; readonly isSmall: boolean }): ReactElement {
  const [isOver, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    props.take(event.dataTransfer.files[0]);
  };
  return (
    <div
      className={`drop ${isOver ? 'drop-over' : ''} ${props.isSmall ? 'drop-small' : ''}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      {!props.isSmall && (
        <div className="empty-icon">
          <Icon name="search" size={34} />
        </div>
      )}
      <Text fw={600} ta="center">
        {props.isSmall ? 'Drop or paste another photograph' : 'Drop or paste a photograph here'}
      </Text>
      <Button
        onClick={() => input.current?.click()}
        variant={props.isSmall ? 'default' : 'filled'}
        size={props.isSmall ? 'xs' : 'sm'}
      >
        Choose an image
      </Button>
      {!props.isSmall && (
        <Text size="sm" c="dimmed">
          It is only looked at, and not kept.
        </Text>
      )}
      <input
        ref={input}
        type="file"
        accept="image/jpeg,image/png,image/webp"
        hidden
        aria-label="Image to search"
        data-testid="probe"
        onChange={(event) => {
          props.take(event.currentTarget.files?.[0]);
          event.currentTarget.value = '';
        }}
      />
    </div>
  );
}

/** Of the wider answer the face at the same place: the two are of the same image. */
function samePlace(probes: readonly Probe[] | undefined, { boundingBox }: Probe): Probe | undefined {
  return probes?.find(
    ({ boundingBox: other }) =>
      Math.abs(other.left - boundingBox.left) < 0.005 && Math.abs(other.top - boundingBox.top) < 0.005,
  );
}

function Result(props: {
  readonly image: File;
  readonly found: Found | null;
  readonly collectionId: string;
}): ReactElement {
  const { image, found } = props;
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
              <Candidates probe={probe} threshold={threshold} isComplete={found?.wider != null} />
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
