import {
  NameFacesDocument,
  DeleteFacesDocument,
  ImageDocument,
  UnassignFacesDocument,
  type FaceFieldsFragment,
} from '@likeness/client';
import { Badge, Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { here } from '../api.ts';
import { Confirm, type Question } from '../parts/confirm.tsx';
import { Crop } from '../parts/crop.tsx';
import { FacedImage, type DrawnFace } from '../parts/faced-image.tsx';
import { Icon } from '../parts/icons.tsx';
import { namedPerson, PersonPicker } from '../parts/person-picker.tsx';
import { Empty, Problem, ScreenHead, Waiting } from '../parts/states.tsx';
import { hrefOf, type Place } from '../pure/routes.ts';
import { count, day, qualityOf, REASONS, size } from '../pure/words.ts';
import { sentenceOf, useSession } from '../session.tsx';

export default function ImageScreen({ place }: { readonly place: Place }): ReactElement {
  const { client, may } = useSession();
  const queries = useQueryClient();
  const image = useQuery({
    queryKey: ['image', place.id],
    queryFn: async ({ signal }) => (await client.request(ImageDocument, { id: place.id }, { signal })).image ?? null,
  });
  const [selected, setSelected] = useState<string | null>(place.query['face'] ?? null);
  const [picking, setPicking] = useState<string | null>(null);
  const [question, setQuestion] = useState<Question | null>(null);
  if (image.error) return <Problem error={image.error} retry={() => void image.refetch()} />;
  if (image.data === undefined) return <Waiting />;
  if (image.data === null) {
    return (
      <Empty
        icon="image"
        title="This image is not here any more"
        action={
          <Button component="a" href={hrefOf('people')}>
            All people
          </Button>
        }
      >
        It was deleted, with the faces in it.
      </Empty>
    );
  }
  const { collectionId, url, width, height, bytes, createdAt } = image.data;
  const faces = image.data.faces.nodes;
  const drawn = faces.map(({ id, boundingBox, person, state }): DrawnFace => ({
    key: id,
    box: boundingBox,
    label: person?.displayName ?? (state === 'UNINDEXED' ? 'Not searched' : 'Unnamed'),
    tone: state === 'UNINDEXED' ? 'rejected' : person ? 'known' : 'unknown',
  }));
  const unassign = async (face: FaceFieldsFragment): Promise<void> => {
    try {
      await client.request(UnassignFacesDocument, { input: { faceIds: [face.id] } });
      await queries.invalidateQueries();
    } catch (error) {
      notifications.show({ color: 'red', message: sentenceOf(error) });
    }
  };
  const askDelete = (ids: readonly string[], isAll: boolean): void =>
    setQuestion({
      title: isAll ? 'Delete this image?' : 'Delete this face?',
      text: isAll
        ? `The image is gone for good, with ${count(ids.length, 'face')} in it.`
        : 'The face is gone for good. When it is the last of its image, the image goes, too.',
      yes: 'Delete',
      isDangerous: true,
      act: async () => {
        await client.request(DeleteFacesDocument, { input: { faceIds: ids } });
        await queries.invalidateQueries();
      },
    });
  return (
    <>
      <button type="button" className="back" onClick={() => history.back()}>
        <Icon name="back" size={18} /> Back
      </button>
      <ScreenHead
        title="Image"
        text={`${count(faces.length, 'face')} · ${width} × ${height} · ${size(bytes)} · added on ${day(createdAt)}`}
      >
        {may('WRITE') && faces.length > 0 && (
          <Button
            variant="subtle"
            color="red"
            leftSection={<Icon name="trash" size={16} />}
            onClick={() =>
              askDelete(
                faces.map(({ id }) => id),
                true,
              )
            }
          >
            Delete the image
          </Button>
        )}
      </ScreenHead>
      <div className="result">
        <div className="result-image">
          <FacedImage src={here(url)} alt="The whole image" faces={drawn} selected={selected} onSelect={setSelected} />
        </div>
        <Stack className="result-side" gap="sm">
          {faces.map((face) => (
            <Paper
              key={face.id}
              withBorder
              radius="lg"
              p="sm"
              className={face.id === selected ? 'face-row face-row-chosen' : 'face-row'}
            >
              <span className="candidate-crop">
                <Crop url={face.cropUrl} alt="" eager />
              </span>
              <div className="row-text">
                <Title order={2} size="h6" className="break">
                  {face.person ? <a href={hrefOf('person', face.person.id)}>{face.person.displayName}</a> : 'Unnamed'}
                </Title>
                <Group gap={6} mt={2}>
                  {face.state === 'UNINDEXED' ? (
                    face.reasons.map((reason) => (
                      <Badge key={reason} variant="light" color="orange" className="plain-badge">
                        {REASONS[reason]}
                      </Badge>
                    ))
                  ) : (
                    <Badge variant="light" color={qualityOf(face.quality.score).colour} className="plain-badge">
                      {qualityOf(face.quality.score).word}
                    </Badge>
                  )}
                </Group>
                {may('WRITE') && (
                  <Group gap={6} mt={6}>
                    {face.state !== 'UNINDEXED' && (
                      <Button size="compact-sm" variant="default" onClick={() => setPicking(face.id)}>
                        {face.person ? 'Somebody else…' : 'Name…'}
                      </Button>
                    )}
                    {face.person && (
                      <Button size="compact-sm" variant="subtle" color="gray" onClick={() => void unassign(face)}>
                        Nobody
                      </Button>
                    )}
                    <Button size="compact-sm" variant="subtle" color="red" onClick={() => askDelete([face.id], false)}>
                      Delete
                    </Button>
                  </Group>
                )}
              </div>
            </Paper>
          ))}
          {faces.length === 0 && <Text c="dimmed">No face of it is kept.</Text>}
        </Stack>
      </div>
      <PersonPicker
        isOpen={picking !== null}
        title="Whose face is it?"
        collectionId={collectionId}
        mayMake
        pick={async (person) => {
          await client.request(NameFacesDocument, { input: { faceIds: [picking!], person: namedPerson(person) } });
          await queries.invalidateQueries();
        }}
        close={() => setPicking(null)}
      />
      <Confirm question={question} close={() => setQuestion(null)} />
    </>
  );
}
