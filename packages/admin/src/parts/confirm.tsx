import { Alert, Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useState, type ReactElement, type ReactNode } from 'react';
import { sentenceOf } from '../session.tsx';

export interface Question {
  readonly title: string;
  readonly text: ReactNode;
  /** What the button says. */
  readonly yes: string;
  readonly isDangerous?: boolean;
  /** What has to be typed before the button works. */
  readonly typed?: string;
  readonly act: () => Promise<void>;
}

/** Asks before what cannot be taken back. */
export function Confirm(props: { readonly question: Question | null; readonly close: () => void }): ReactElement {
  return (
    <Modal opened={props.question !== null} onClose={props.close} title={props.question?.title} centered>
      {props.question && <Asked question={props.question} close={props.close} />}
    </Modal>
  );
}

function Asked({ question, close }: { readonly question: Question; readonly close: () => void }): ReactElement {
  const [typed, setTyped] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const act = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      await question.act();
      close();
    } catch (problem) {
      setError(sentenceOf(problem));
      setBusy(false);
    }
  };
  const isReady = question.typed === undefined || typed.trim() === question.typed;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isReady && !isBusy) void act();
      }}
    >
      <Stack>
        <Text component="div">{question.text}</Text>
        {question.typed !== undefined && (
          <TextInput
            label={`Type ${question.typed} to confirm`}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            autoComplete="off"
            data-autofocus
          />
        )}
        {error && (
          <Alert color="red" role="alert">
            {error}
          </Alert>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button type="submit" color={question.isDangerous ? 'red' : undefined} loading={isBusy} disabled={!isReady}>
            {question.yes}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
