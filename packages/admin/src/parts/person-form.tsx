import { UpdatePersonDocument, type PersonFieldsFragment } from '@likeness/client';
import { JsonInput, Modal, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { EditForm } from './edit-form.tsx';
import { useSession } from '../session.tsx';

/** A person's name, id and whatever else is kept of them. @param person null: closed. */
export function PersonForm(props: {
  readonly person: PersonFieldsFragment | null;
  readonly close: () => void;
}): ReactElement {
  return (
    <Modal
      opened={props.person !== null}
      onClose={props.close}
      title={`About ${props.person?.displayName ?? ''}`}
      centered
    >
      {props.person && <Form person={props.person} close={props.close} />}
    </Modal>
  );
}

function Form({ person, close }: { readonly person: PersonFieldsFragment; readonly close: () => void }): ReactElement {
  const { client } = useSession();
  const queries = useQueryClient();
  const [name, setName] = useState(person.displayName);
  const [externalId, setExternalId] = useState(person.externalId ?? '');
  const [metadata, setMetadata] = useState(
    Object.keys(person.metadata).length === 0 ? '' : JSON.stringify(person.metadata, null, 2),
  );
  const parsed = parse(metadata);
  const save = async (): Promise<void> => {
    if (!parsed) return;
    const input = {
      id: person.id,
      displayName: name.trim(),
      externalId: externalId.trim() || null,
      metadata: parsed,
    };
    await client.request(UpdatePersonDocument, { input });
    await queries.invalidateQueries();
    close();
  };
  return (
    <EditForm save={save} cancel={close} canSave={name.trim() !== '' && parsed !== null} label="Save">
      <TextInput
        label="Name"
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        maxLength={255}
        required
        data-autofocus
      />
      <TextInput
        label="Your own id"
        description="A staff number, say; nobody else in the collection may have it."
        value={externalId}
        onChange={(event) => setExternalId(event.currentTarget.value)}
        maxLength={255}
      />
      <JsonInput
        label="What else you keep of them"
        description='As JSON: { "department": "Sales" }'
        value={metadata}
        onChange={setMetadata}
        error={parsed ? undefined : 'This is no JSON object.'}
        autosize
        minRows={2}
        maxRows={10}
      />
    </EditForm>
  );
}

function parse(text: string): Record<string, unknown> | null {
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
