import { RecognizeCelebritiesDocument, type RecognizeCelebritiesQuery } from '@likeness/client';
import { Alert, Anchor, Checkbox, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useRef, useState, type ReactElement } from 'react';
import { here } from '../api.ts';
import { REASONS } from '../pure/words.ts';
import { sentenceOf, useSession } from '../session.tsx';
import { FacedImage, type DrawnFace } from './faced-image.tsx';
import type { GrantedGallery } from './granted-galleries.tsx';
import { Icon } from './icons.tsx';
import { ImageChooser } from './image-chooser.tsx';
import { useObjectUrl } from './import-list.tsx';
import { Waiting } from './states.tsx';

type Answer = RecognizeCelebritiesQuery['recognizeCelebrities'];

/** The API looks in so many at once. */
const MAX_GALLERIES = 16;

/** Who is in a photograph, asked of galleries of others. */
export function CelebritySearch({ galleries }: { readonly galleries: readonly GrantedGallery[] }): ReactElement {
  const { client } = useSession();
  const [left, setLeft] = useState<readonly string[]>([]);
  const [image, setImage] = useState<File | null>(null);
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [error, setError] = useState<string | null>(null);
  const latest = useRef(0);
  const url = useObjectUrl(image);
  const asked = galleries.filter(({ id }) => !left.includes(id)).slice(0, MAX_GALLERIES);
  const look = async (file: File): Promise<Answer> => {
    const uploadId = await client.uploadFile(file);
    const variables = { image: { uploadId }, galleryIds: asked.map(({ id }) => id) };
    return (await client.request(RecognizeCelebritiesDocument, variables)).recognizeCelebrities;
  };
  const take = (file: File | undefined): void => {
    if (!file) return;
    const mine = (latest.current += 1);
    setImage(file);
    setAnswer(null);
    setError(asked.length === 0 ? 'Choose a gallery to look in.' : null);
    if (asked.length === 0) return;
    look(file).then(
      (next) => mine === latest.current && setAnswer(next),
      (problem: unknown) => mine === latest.current && setError(sentenceOf(problem)),
    );
  };
  const drawn = [
    ...(answer?.celebrityFaces ?? []).map(({ boundingBox, name }, index): DrawnFace => {
      return { key: `known ${index}`, box: boundingBox, label: name, tone: 'known' };
    }),
    ...(answer?.unrecognizedFaces ?? []).map(({ boundingBox, reasons }, index): DrawnFace => {
      const wasAsked = reasons.length === 0;
      const label = wasAsked ? 'Nobody of these' : `Not looked up: ${reasons.map((one) => REASONS[one]).join(', ')}`;
      return { key: `unknown ${index}`, box: boundingBox, label, tone: wasAsked ? 'unknown' : 'rejected' };
    }),
  ];
  return (
    <section aria-labelledby="celebrity-search">
      <Title order={2} size="h4" id="celebrity-search" mb="sm">
        Look people up
      </Title>
      {galleries.length > 1 && (
        <Group gap="md" mb="sm" role="group" aria-label="Galleries to look in">
          {galleries.map(({ id, name }) => (
            <Checkbox
              key={id}
              label={name}
              checked={!left.includes(id)}
              onChange={(event) =>
                setLeft(event.currentTarget.checked ? left.filter((one) => one !== id) : [...left, id])
              }
            />
          ))}
        </Group>
      )}
      <ImageChooser take={take} isSmall={image !== null} />
      {error && (
        <Alert color="red" mt="md" role="alert" icon={<Icon name="warning" />}>
          {error}
        </Alert>
      )}
      {image && !error && (
        <div className="result">
          <div className="result-image">
            {url && <FacedImage src={url} alt={`The photograph ${image.name}`} faces={drawn} />}
          </div>
          {answer ? <Recognised answer={answer} galleries={galleries} /> : <Waiting what="Looking" />}
        </div>
      )}
    </section>
  );
}

function Recognised(props: { readonly answer: Answer; readonly galleries: readonly GrantedGallery[] }): ReactElement {
  const { celebrityFaces, unrecognizedFaces } = props.answer;
  if (celebrityFaces.length === 0) {
    return (
      <Text role="status">
        {unrecognizedFaces.length === 0 ? 'There is no face in it.' : 'Nobody of these galleries is in it.'}
      </Text>
    );
  }
  return (
    <Stack gap="sm" role="status">
      {celebrityFaces.map((face, index) => (
        <Paper key={`${face.id} ${index}`} withBorder radius="lg" p="md" component="article" aria-label={face.name}>
          <Group wrap="nowrap" align="flex-start">
            {face.coverUrl && <img className="cover" src={here(face.coverUrl)} alt={`A face of ${face.name}`} />}
            <div>
              <Text fw={600} className="break">
                {face.name}
              </Text>
              <Text size="sm" c="dimmed">
                {face.similarity} of 100 · {props.galleries.find(({ id }) => id === face.galleryId)?.name}
              </Text>
              {face.knownFor && (
                <Text size="sm" className="break">
                  {face.knownFor}
                </Text>
              )}
              {face.urls.map((url) => (
                <Anchor
                  key={url}
                  size="sm"
                  href={url}
                  target="_blank"
                  rel="noreferrer"
                  className="break"
                  display="block"
                >
                  {url}
                </Anchor>
              ))}
            </div>
          </Group>
        </Paper>
      ))}
    </Stack>
  );
}
