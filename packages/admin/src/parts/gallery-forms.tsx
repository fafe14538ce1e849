import {
  GrantGalleryDocument,
  PublishGalleryDocument,
  UpdateGalleryDocument,
  type GalleryFieldsFragment,
} from '@likeness/client';
import { Modal, Select, Slider, Switch, Text, Textarea, TextInput } from '@mantine/core';
import { useState, type ReactElement } from 'react';
import { useCollections } from '../collection-choice.tsx';
import { useSession } from '../session.tsx';
import { EditForm } from './edit-form.tsx';

export type Gallery = GalleryFieldsFragment;

const USUAL_FLOOR = 95;

interface FormProps {
  readonly close: () => void;
  readonly done: () => void;
}

/** Publishes a collection, or changes what may be told of a gallery. */
export function GalleryDialog(
  props: FormProps & { readonly edited: Gallery | 'new' | null; readonly published: readonly string[] },
): ReactElement {
  const { edited } = props;
  return (
    <Modal
      opened={edited !== null}
      onClose={props.close}
      title={edited === 'new' ? 'Publish a collection' : 'Settings of the gallery'}
      centered
      size="lg"
    >
      {edited !== null && (
        <GalleryForm
          gallery={edited === 'new' ? null : edited}
          published={props.published}
          close={props.close}
          done={props.done}
        />
      )}
    </Modal>
  );
}

function GalleryForm(props: FormProps & { readonly gallery: Gallery | null; readonly published: readonly string[] }) {
  const { client } = useSession();
  const { gallery } = props;
  const collections = useCollections();
  const free = (collections.data ?? []).filter(({ id }) => !props.published.includes(id));
  const [collectionId, setCollectionId] = useState<string | null>(null);
  const [name, setName] = useState(gallery?.name ?? '');
  const [description, setDescription] = useState(gallery?.description ?? '');
  const [floor, setFloor] = useState(gallery?.similarityFloor ?? USUAL_FLOOR);
  const [showsCovers, setShowsCovers] = useState(gallery?.showsCovers ?? false);
  const save = async (): Promise<void> => {
    const settings = { name: name.trim(), description: description.trim(), similarityFloor: floor, showsCovers };
    if (gallery) await client.request(UpdateGalleryDocument, { input: { id: gallery.id, ...settings } });
    else await client.request(PublishGalleryDocument, { input: { collectionId: collectionId!, ...settings } });
    props.done();
  };
  return (
    <EditForm
      save={save}
      cancel={props.close}
      canSave={name.trim() !== '' && (gallery !== null || collectionId !== null)}
      label={gallery ? 'Save' : 'Publish it'}
    >
      {!gallery && (
        <Select
          label="Collection"
          description="It stays yours. Names, web addresses and what somebody is known for are told of people who are recognised, nothing else."
          data={free.map((one) => ({ value: one.id, label: one.name }))}
          value={collectionId}
          onChange={(id) => {
            setCollectionId(id);
            if (name === '') setName(free.find((one) => one.id === id)?.name ?? '');
          }}
          nothingFoundMessage="Every collection is published already"
          searchable={free.length > 10}
          required
        />
      )}
      <TextInput
        label="What others call it"
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        maxLength={255}
        required
      />
      <Textarea
        label="What is in it"
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
        maxLength={4096}
        autosize
        minRows={2}
      />
      <div>
        <Text size="sm" fw={500}>
          Nobody is named below a similarity of {floor}
        </Text>
        <Text size="sm" c="dimmed">
          At 95 one pair of strangers in 100,000 is alike enough; higher is stricter.
        </Text>
        <Slider
          value={floor}
          onChange={setFloor}
          min={80}
          max={100}
          label={null}
          thumbLabel="Lowest similarity"
          mt="xs"
        />
      </div>
      <Switch
        label="Show one face of whoever was recognised"
        checked={showsCovers}
        onChange={(event) => setShowsCovers(event.currentTarget.checked)}
      />
    </EditForm>
  );
}

/** Lets another tenant look people up. */
export function GrantDialog(props: FormProps & { readonly gallery: Gallery | null }): ReactElement {
  return (
    <Modal opened={props.gallery !== null} onClose={props.close} title={`Share ${props.gallery?.name ?? ''}`} centered>
      {props.gallery && <GrantForm gallery={props.gallery} close={props.close} done={props.done} />}
    </Modal>
  );
}

function GrantForm({ gallery, close, done }: FormProps & { readonly gallery: Gallery }): ReactElement {
  const { client } = useSession();
  const [granteeTenantId, setTenant] = useState('');
  const [label, setLabel] = useState('');
  const save = async (): Promise<void> => {
    const input = { id: gallery.id, granteeTenantId: granteeTenantId.trim(), label: label.trim() || undefined };
    await client.request(GrantGalleryDocument, { input });
    done();
  };
  return (
    <EditForm save={save} cancel={close} canSave={granteeTenantId.trim() !== ''} label="Share it">
      <TextInput
        label="The other tenant’s id"
        description="They see it under Galleries, and tell it to you."
        value={granteeTenantId}
        onChange={(event) => setTenant(event.currentTarget.value)}
        autoComplete="off"
        required
        data-autofocus
      />
      <TextInput
        label="What you call them"
        value={label}
        onChange={(event) => setLabel(event.currentTarget.value)}
        maxLength={255}
      />
    </EditForm>
  );
}
