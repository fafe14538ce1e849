import { CreateApiKeyDocument, type ApiKeyScope } from '@likeness/client';
import { Checkbox, MultiSelect, Select, Stack, TextInput } from '@mantine/core';
import { useState, type ReactElement } from 'react';
import { useCollections } from '../collection-choice.tsx';
import { day, SCOPES } from '../pure/words.ts';
import { useSession } from '../session.tsx';
import { EditForm } from './edit-form.tsx';

const LASTS: Readonly<Record<string, string>> = { '1': 'a day', '30': '30 days', '365': 'a year', '': 'without end' };
const SCOPE_NAMES = Object.keys(SCOPES) as ApiKeyScope[];

/** Makes a key that may do what it needs, where it needs it, and no more. */
export function KeyForm(props: {
  readonly tenantId: string | undefined;
  readonly close: () => void;
  readonly made: (name: string, secret: string) => void;
}): ReactElement {
  const { client, session } = useSession();
  const mine = session.tenant ? SCOPE_NAMES.filter((scope) => session.scopes.includes(scope)) : SCOPE_NAMES;
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<string[]>(mine.filter((scope) => scope === 'READ' || scope === 'SEARCH'));
  // A key makes none that outlives it.
  const ends = session.keyExpiresAt;
  const [lasts, setLasts] = useState(ends === null ? '365' : 'mine');
  const collections = useCollections();
  const [collectionIds, setCollectionIds] = useState<string[]>([]);
  const [networks, setNetworks] = useState('');
  const [isForElsewhere, setForElsewhere] = useState(false);
  const make = async (): Promise<void> => {
    const expiresAt =
      lasts === 'mine' ? ends : lasts === '' ? null : new Date(Date.now() + Number(lasts) * 86_400_000).toISOString();
    const allowedNetworks = networks.split(/[\s,;]+/).filter(Boolean);
    const input = {
      name: name.trim(),
      scopes: scopes as ApiKeyScope[],
      expiresAt,
      tenantId: props.tenantId,
      // Left out: everywhere.
      collectionIds: collectionIds.length > 0 ? collectionIds : undefined,
      allowedNetworks: allowedNetworks.length > 0 ? allowedNetworks : undefined,
      force: isForElsewhere,
    };
    const { createApiKey } = await client.request(CreateApiKeyDocument, { input });
    props.made(name.trim(), createApiKey.secret);
  };
  const choices = Object.entries(LASTS).map(([value, label]) => ({ value, label }));
  return (
    <EditForm save={make} cancel={props.close} canSave={name.trim() !== '' && scopes.length > 0} label="Make it">
      <TextInput
        label="Who or what it is for"
        placeholder="Front desk"
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        maxLength={255}
        required
        data-autofocus
      />
      <Checkbox.Group label="What it may do" value={scopes} onChange={setScopes}>
        <Stack gap="xs" mt="xs">
          {mine.map((scope) => (
            <Checkbox key={scope} value={scope} label={SCOPES[scope].title} description={SCOPES[scope].text} />
          ))}
        </Stack>
      </Checkbox.Group>
      {collections.data && collections.data.length > 0 && (
        <MultiSelect
          label="In these collections only"
          placeholder={collectionIds.length === 0 ? 'In all of them' : undefined}
          data={collections.data.map((one) => ({ value: one.id, label: one.name }))}
          value={collectionIds}
          onChange={setCollectionIds}
          searchable={collections.data.length > 10}
          clearable
        />
      )}
      <TextInput
        label="From these networks only"
        description="Addresses or networks such as 192.0.2.0/24, with blanks between"
        placeholder="From anywhere"
        value={networks}
        onChange={(event) => setNetworks(event.currentTarget.value)}
        autoComplete="off"
      />
      {networks.trim() !== '' && (
        <Checkbox
          label="I am not in these networks, and make it for somebody who is"
          checked={isForElsewhere}
          onChange={(event) => setForElsewhere(event.currentTarget.checked)}
        />
      )}
      <Select
        label="It works for"
        data={ends === null ? choices : [{ value: 'mine', label: `as long as yours, until ${day(ends)}` }]}
        value={lasts}
        onChange={(next) => setLasts(next ?? '')}
        allowDeselect={false}
      />
    </EditForm>
  );
}
