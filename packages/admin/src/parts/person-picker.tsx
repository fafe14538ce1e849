import { PeopleDocument, type NamePersonInput } from '@likeness/client';
import { Alert, Loader, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState, type KeyboardEvent, type ReactElement } from 'react';
import { sentenceOf, useSession } from '../session.tsx';
import { Crop } from './crop.tsx';
import { Icon } from './icons.tsx';

/** Somebody who is known, or, without an id, somebody new of that name. */
export interface Picked {
  readonly id?: string;
  readonly displayName: string;
}

/** As nameFaces takes them. */
export function namedPerson({ id, displayName }: Picked): NamePersonInput {
  return id === undefined ? { create: { displayName } } : { id };
}

interface PickerProps {
  readonly collectionId: string;
  readonly title: string;
  /** Who is not offered. */
  readonly without?: string;
  /** Whether somebody new may be made. */
  readonly mayMake: boolean;
  /** @throws what keeps it from being done; it is shown. */
  readonly pick: (person: Picked) => Promise<void>;
  readonly close: () => void;
}

/** Whose face it is: somebody who is known, by search as you type, or somebody new. */
export function PersonPicker(props: PickerProps & { readonly isOpen: boolean }): ReactElement {
  return (
    <Modal opened={props.isOpen} onClose={props.close} title={props.title} centered>
      {props.isOpen && <Picker {...props} />}
    </Modal>
  );
}

function Picker({ collectionId, without, mayMake, pick, close }: PickerProps): ReactElement {
  const { client } = useSession();
  const [text, setText] = useState('');
  const [asked] = useDebouncedValue(text.trim(), 150);
  const [active, setActive] = useState(0);
  const [isEntered, setEntered] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const found = useQuery({
    queryKey: ['picker', collectionId, asked],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      client.request(
        PeopleDocument,
        {
          collectionId,
          filter: asked ? { text: asked } : undefined,
          orderBy: { field: 'NAME', direction: 'ASC' },
          first: 8,
        },
        { signal },
      ),
  });
  const people = (found.data?.persons.nodes ?? []).filter(({ id }) => id !== without);
  const name = text.trim();
  const isTaken = people.some(({ displayName }) => displayName.toLowerCase() === name.toLowerCase());
  const canMake = mayMake && name !== '' && !isTaken;
  const options = people.length + (canMake ? 1 : 0);

  const choose = async (index: number): Promise<void> => {
    if (isBusy || index >= options) return;
    setBusy(true);
    setError(null);
    try {
      await pick(people[index] ?? { displayName: name });
      close();
    } catch (problem) {
      setError(sentenceOf(problem));
      setBusy(false);
    }
  };
  // What is shown may still be the answer to fewer letters: the choice waits for the whole name's.
  const isSettled = asked === name && !found.isFetching;
  useEffect(() => {
    if (!isEntered || !isSettled) return;
    setEntered(false);
    void choose(active);
  });
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && options > 0) {
      event.preventDefault();
      setActive((active + step + options) % options);
    }
    if (event.key === 'Enter') {
      event.preventDefault();
      setEntered(true);
    }
  };
  return (
    <Stack gap="sm">
      <TextInput
        label="Name"
        placeholder={mayMake ? 'Somebody known, or a new name' : 'Somebody known'}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
        role="combobox"
        aria-expanded="true"
        aria-controls="picker-options"
        aria-activedescendant={options > 0 ? `picker-${active}` : undefined}
        rightSection={found.isFetching || isBusy ? <Loader size="xs" aria-hidden="true" /> : null}
        maxLength={255}
        autoComplete="off"
        data-autofocus
      />
      {error && (
        <Alert color="red" role="alert">
          {error}
        </Alert>
      )}
      <div id="picker-options" role="listbox" aria-label="People" className="picker">
        {people.map((person, index) => (
          <div
            key={person.id}
            id={`picker-${index}`}
            role="option"
            aria-selected={active === index}
            className="picker-option"
            onClick={() => void choose(index)}
            onMouseMove={() => setActive(index)}
          >
            <span className="picker-crop">
              <Crop url={person.faces.nodes[0]?.cropUrl} alt="" eager />
            </span>
            <span>
              {person.displayName}
              {person.externalId && (
                <Text component="span" size="sm" c="dimmed">
                  {' '}
                  {person.externalId}
                </Text>
              )}
            </span>
          </div>
        ))}
        {canMake && (
          <div
            id={`picker-${people.length}`}
            role="option"
            aria-selected={active === people.length}
            className="picker-option"
            onClick={() => void choose(people.length)}
            onMouseMove={() => setActive(people.length)}
          >
            <span className="picker-crop picker-new">
              <Icon name="plus" />
            </span>
            <span>
              Somebody new: <b>{name}</b>
            </span>
          </div>
        )}
      </div>
      {found.data && options === 0 && (
        <Text size="sm" c="dimmed">
          {name ? 'Nobody is called that.' : 'Nobody has a name here yet. Type one.'}
        </Text>
      )}
    </Stack>
  );
}
