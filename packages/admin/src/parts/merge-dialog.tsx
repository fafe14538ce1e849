import { MergePersonsDocument, MergePreviewDocument, type PersonFieldsFragment } from '@likeness/client';
import { Alert, Modal, Radio, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { count } from '../pure/words.ts';
import { sentenceOf, useSession } from '../session.tsx';
import { useTell } from '../tell.tsx';
import { EditForm } from './edit-form.tsx';

type Merged = Pick<PersonFieldsFragment, 'id' | 'displayName' | 'faceCount'>;

/** Makes several people one, whom one of them stays. @param props.people null: closed. */
export function MergeDialog(props: {
  readonly people: readonly Merged[] | null;
  readonly close: () => void;
  readonly merged: () => Promise<void>;
}): ReactElement {
  const { people, close, merged } = props;
  return (
    <Modal opened={people !== null} onClose={close} title="Are they one person?" centered>
      {people && <Merge people={people} close={close} merged={merged} />}
    </Modal>
  );
}

function Merge(props: {
  readonly people: readonly Merged[];
  readonly close: () => void;
  readonly merged: () => Promise<void>;
}): ReactElement {
  const { people, close, merged } = props;
  const { client } = useSession();
  const tell = useTell();
  const [intoId, setInto] = useState(() => people.reduce((a, b) => (b.faceCount > a.faceCount ? b : a)).id);
  const personIds = people.map(({ id }) => id).filter((id) => id !== intoId);
  const into = people.find(({ id }) => id === intoId)!;
  const preview = useQuery({
    queryKey: ['merge-preview', intoId, ...personIds],
    queryFn: ({ signal }) => client.request(MergePreviewDocument, { intoId, personIds }, { signal }),
  });
  const merge = async (): Promise<void> => {
    const { mergePersons } = await client.request(MergePersonsDocument, { input: { intoId, personIds } });
    tell(`${count(people.length, 'person', 'people')} are ${into.displayName} now.`, [mergePersons.operation.id]);
    close();
    await merged();
  };
  return (
    <EditForm save={merge} cancel={close} canSave={preview.data !== undefined} label="Merge them">
      <Radio.Group label="Who keeps name and id" value={intoId} onChange={setInto}>
        <Stack gap="xs" mt="xs" className="merge-people">
          {people.map(({ id, displayName, faceCount }) => (
            <Radio key={id} value={id} label={`${displayName} · ${count(faceCount, 'face')}`} />
          ))}
        </Stack>
      </Radio.Group>
      <Text size="sm" role="status">
        {preview.data
          ? `${count(preview.data.mergePreview.faceCount, 'face')} become those of ${into.displayName}. This can be undone.`
          : preview.error
            ? sentenceOf(preview.error)
            : 'Looking what that would do…'}
      </Text>
      {preview.data?.mergePreview.warnings.map(({ code, message }) => (
        <Alert key={`${code} ${message}`} color="yellow">
          {message}
        </Alert>
      ))}
    </EditForm>
  );
}
