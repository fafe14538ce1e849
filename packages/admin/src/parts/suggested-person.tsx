import { PersonFacesDocument } from '@likeness/client';
import { Anchor, Badge, Button, Group, Kbd, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import type { Nearest } from '../pure/face-groups.ts';
import { hrefOf } from '../pure/routes.ts';
import { useSession } from '../session.tsx';
import { Crop } from './crop.tsx';

/** Faces of the person that are shown to compare with. */
const FACES = 3;
/** Similarity from which on two faces are taken for one person's, where nothing else is asked for. */
const SURE_FROM = 80;

/** Whom the faces resemble most, and whether that is right. */
export function SuggestedPerson(props: {
  readonly nearest: Nearest | null;
  readonly isDisabled: boolean;
  readonly confirm: (person: Nearest) => void;
  readonly reject: (person: Nearest) => void;
}): ReactElement {
  const { nearest, isDisabled, confirm, reject } = props;
  const { client } = useSession();
  const known = useQuery({
    queryKey: ['suggested-person', nearest?.id],
    enabled: nearest !== null,
    staleTime: 60_000,
    queryFn: ({ signal }) =>
      client.request(
        PersonFacesDocument,
        { id: nearest!.id, first: FACES, orderBy: { field: 'QUALITY', direction: 'DESC' } },
        { signal },
      ),
  });
  if (!nearest) {
    return (
      <Title order={2} size="h5">
        Nobody who is known looks like this
      </Title>
    );
  }
  const isSure = nearest.similarity >= SURE_FROM;
  return (
    <>
      <Title order={2} size="h5" mb="sm" className="break">
        {isSure ? 'Is this' : 'Perhaps'} {nearest.displayName}?
      </Title>
      <div className="suggested">
        {known.data?.person?.faces.nodes.map(({ id, cropUrl }) => (
          <span key={id} className="suggested-crop">
            <Crop url={cropUrl} alt="" eager />
          </span>
        ))}
      </div>
      <Group gap="xs" my="sm">
        <Text size="sm">Similarity</Text>
        <Badge variant={isSure ? 'filled' : 'light'} color={isSure ? 'teal.9' : 'gray'} className="plain-badge">
          {nearest.similarity.toFixed(1)}
        </Badge>
        <Anchor size="sm" href={hrefOf('person', nearest.id)}>
          See the person
        </Anchor>
      </Group>
      <Group gap="xs">
        <Button disabled={isDisabled} onClick={() => confirm(nearest)} rightSection={<Kbd size="xs">Y</Kbd>}>
          Yes
        </Button>
        <Button
          variant="default"
          disabled={isDisabled}
          onClick={() => reject(nearest)}
          rightSection={<Kbd size="xs">R</Kbd>}
        >
          Somebody else
        </Button>
      </Group>
    </>
  );
}
