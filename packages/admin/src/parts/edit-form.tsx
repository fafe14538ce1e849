import { Alert, Button, Group, Stack } from '@mantine/core';
import { useState, type ReactElement, type ReactNode } from 'react';
import { sentenceOf } from '../session.tsx';

/** Fields, and a button that saves what they say: once at a time. What the server refuses is said below them, and nothing is lost. */
export function EditForm(props: {
  /** What becomes of the form when it is done is its own business. */
  readonly save: () => Promise<void>;
  readonly cancel: () => void;
  readonly canSave: boolean;
  readonly label: string;
  readonly children: ReactNode;
}): ReactElement {
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const submit = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      await props.save();
    } catch (problem) {
      setError(sentenceOf(problem));
      setBusy(false);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!isBusy && props.canSave) void submit();
      }}
    >
      <Stack>
        {props.children}
        {error && (
          <Alert color="red" role="alert">
            {error}
          </Alert>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={props.cancel}>
            Cancel
          </Button>
          <Button type="submit" loading={isBusy} disabled={!props.canSave}>
            {props.label}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
