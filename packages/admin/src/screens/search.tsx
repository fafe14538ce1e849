import { SearchFacesDocument, type LikenessClient } from '@likeness/client';
import { Alert } from '@mantine/core';
import { useCallback, useRef, useState, type ReactElement } from 'react';
import { useCollection } from '../collection-choice.tsx';
import { Icon } from '../parts/icons.tsx';
import { ImageChooser } from '../parts/image-chooser.tsx';
import { NoCollection } from '../parts/no-collection.tsx';
import { BELOW, SearchResult, type Found } from '../parts/search-result.tsx';
import { ScreenHead } from '../parts/states.tsx';
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
      <ImageChooser take={take} isSmall={image !== null} />
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
