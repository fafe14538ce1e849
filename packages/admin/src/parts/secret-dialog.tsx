import { Alert, Button, Code, CopyButton, Group, Modal, Stack, Text } from '@mantine/core';
import type { ReactElement } from 'react';
import { Icon } from './icons.tsx';

/** A key's text, this once. It can be left by its button alone. */
export function SecretDialog(props: {
  readonly secret: { readonly name: string; readonly text: string } | null;
  readonly close: () => void;
}): ReactElement {
  return (
    <Modal
      opened={props.secret !== null}
      onClose={() => undefined}
      withCloseButton={false}
      title={`The key “${props.secret?.name ?? ''}”`}
      centered
    >
      <Stack>
        <Alert color="yellow" icon={<Icon name="warning" />}>
          Keep it now, in a password manager say: it is not stored here, and is never shown again.
        </Alert>
        <Code block className="secret" tabIndex={0}>
          {props.secret?.text}
        </Code>
        <Group justify="space-between">
          <CopyButton value={props.secret?.text ?? ''}>
            {({ copied, copy }) => (
              <Button
                variant="default"
                onClick={copy}
                leftSection={<Icon name={copied ? 'check' : 'copy'} size={16} />}
              >
                {copied ? 'Copied' : 'Copy'}
              </Button>
            )}
          </CopyButton>
          <Button onClick={props.close}>I have kept it</Button>
        </Group>
        <Text size="sm" c="dimmed">
          Whoever has it may do what it may.
        </Text>
      </Stack>
    </Modal>
  );
}
