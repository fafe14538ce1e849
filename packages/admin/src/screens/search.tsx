import { SearchFacesDocument, type LikenessClient } from '@likeness/client';
import { Alert, Button, Group, Text } from '@mantine/core';
import { useCallback, useEffect, useRef, useState, type DragEvent, type ReactElement } from 'react';
import { useCollection } from '../collection-choice.tsx';
import { Icon } from '../parts/icons.tsx';
import { NoCollection } from '../parts/no-collection.tsx';
import { BELOW, SearchResult, type Found } from '../parts/search-result.tsx';
import { ScreenHead } from '../parts/states.tsx';
import { Webcam } from '../parts/webcam.tsx';
import type { Place } from '../pure/routes.ts';
import { count } from '../pure/words.ts';
import { sentenceOf, useSession } from '../session.tsx';

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
        <SearchResult
          key={`${image.name} ${image.lastModified}`}
          image={image}
          found={found}
          collectionId={collectionId}
          again={() => take(image)}
        />
      )}
    </>
  );
}

function Chooser(props: { readonly take: (file: File | undefined) => void; readonly isSmall: boolean }): ReactElement {
  const [isOver, setOver] = useState(false);
  const [isCamera, setCamera] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const size = props.isSmall ? 'xs' : 'sm';
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
      <Group gap="xs">
        <Button onClick={() => input.current?.click()} variant={props.isSmall ? 'default' : 'filled'} size={size}>
          Choose an image
        </Button>
        <Button onClick={() => setCamera(true)} variant="default" size={size}>
          Use the camera
        </Button>
      </Group>
      <Webcam isOpen={isCamera} take={props.take} close={() => setCamera(false)} />
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
