import {
  CreateCollectionDocument,
  ModelPacksDocument,
  UpdateCollectionDocument,
  type ModelPacksQuery,
} from '@likeness/client';
import { Modal, Radio, Slider, Stack, Switch, Text, Textarea, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { EditForm } from './edit-form.tsx';
import type { Collection } from '../collection-choice.tsx';
import { strangers } from '../pure/words.ts';
import { useSession } from '../session.tsx';
import { go } from '../router.ts';

/** Shares of strangers that may pass, from strict to lenient. */
const SHARES = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1];

export function CollectionForm(props: {
  readonly isOpen: boolean;
  /** null: a new one. */
  readonly collection: Collection | null;
  readonly close: () => void;
}): ReactElement {
  return (
    <Modal
      opened={props.isOpen}
      onClose={props.close}
      title={props.collection ? `Settings of ${props.collection.name}` : 'New collection'}
      centered
      size="lg"
    >
      <Form collection={props.collection} close={props.close} />
    </Modal>
  );
}

type Pack = ModelPacksQuery['modelPacks'][number];

function wordsOf(pack: Pack, isDefault: boolean): string {
  const use = pack.commercialUse ? 'commercial use allowed' : 'not for commercial use';
  return `${pack.description} ${isDefault ? 'The default. ' : ''}Licence ${pack.licence}, ${use}.`;
}

function Form({
  collection,
  close,
}: {
  readonly collection: Collection | null;
  readonly close: () => void;
}): ReactElement {
  const { client } = useSession();
  const queries = useQueryClient();
  const packs = useQuery({
    queryKey: ['packs'],
    staleTime: 300_000,
    queryFn: ({ signal }) => client.request(ModelPacksDocument, {}, { signal }),
  });
  const [name, setName] = useState(collection?.name ?? '');
  const [description, setDescription] = useState(collection?.description ?? '');
  const [pack, setPack] = useState<string | null>(null);
  const [isFixed, setFixed] = useState(collection?.similarityThreshold != null);
  const [threshold, setThreshold] = useState(collection?.similarityThreshold ?? 90);
  const [share, setShare] = useState(nearest(collection?.targetFpir ?? 0.01));
  const usable = packs.data?.modelPacks.filter(({ calibrated }) => calibrated) ?? [];
  const save = async (): Promise<void> => {
    const settings = {
      name: name.trim(),
      description: description.trim(),
      similarityThreshold: isFixed ? threshold : null,
      targetFpir: SHARES[share]!,
    };
    if (collection) {
      await client.request(UpdateCollectionDocument, { input: { id: collection.id, ...settings } });
      await queries.invalidateQueries({ queryKey: ['collections'] });
      close();
      return;
    }
    const input = { ...settings, modelPack: pack ?? usable[0]?.id };
    const { createCollection } = await client.request(CreateCollectionDocument, { input });
    await queries.invalidateQueries({ queryKey: ['collections'] });
    // What one does with a new collection.
    go('add', createCollection.collection.id);
  };
  return (
    <EditForm save={save} cancel={close} canSave={name.trim() !== ''} label={collection ? 'Save' : 'Make it'}>
      <TextInput
        label="Name"
        description="Letters, digits, dots, dashes and underscores"
        value={name}
        onChange={(event) => setName(event.currentTarget.value.replaceAll(' ', '-'))}
        required
        maxLength={255}
        data-autofocus
      />
      <Textarea
        label="What it is for"
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
        maxLength={1000}
        autosize
        minRows={2}
      />
      {!collection && usable.length > 1 && (
        <Radio.Group
          label="How faces are recognised"
          description="This cannot be changed later."
          value={pack ?? usable[0]!.id}
          onChange={setPack}
        >
          <Stack gap="xs" mt="xs">
            {usable.map((one, index) => (
              <Radio key={one.id} value={one.id} label={one.id} description={wordsOf(one, index === 0)} />
            ))}
          </Stack>
        </Radio.Group>
      )}
      <Switch
        label="Set the similarity that counts as a match by hand"
        checked={isFixed}
        onChange={(event) => setFixed(event.currentTarget.checked)}
      />
      {isFixed ? (
        <div>
          <Text size="sm" fw={500}>
            A match needs a similarity of {threshold} of 100
          </Text>
          <Slider
            value={threshold}
            onChange={setThreshold}
            min={50}
            max={100}
            label={null}
            thumbLabel="Similarity"
            mt="xs"
          />
        </div>
      ) : (
        <div>
          <Text size="sm" fw={500}>
            A stranger is taken for somebody {strangers(SHARES[share]!)} times
          </Text>
          <Text size="sm" c="dimmed">
            The similarity that this needs follows from how many faces there are. Stricter to the left; fewer people are
            missed to the right.
          </Text>
          <Slider
            value={share}
            onChange={setShare}
            min={0}
            max={SHARES.length - 1}
            step={1}
            label={null}
            thumbLabel="How strict"
            mt="xs"
          />
        </div>
      )}
    </EditForm>
  );
}

function nearest(share: number): number {
  const distances = SHARES.map((one) => Math.abs(Math.log(one / Math.max(share, 1e-6))));
  return distances.indexOf(Math.min(...distances));
}
