import { Alert, Button, Center, Loader, Paper, Stack, Text, Title } from '@mantine/core';
import type { ReactElement, ReactNode } from 'react';
import { sentenceOf } from '../session.tsx';
import { Icon, type IconName } from './icons.tsx';

export function Waiting({ what = 'Loading' }: { readonly what?: string }): ReactElement {
  return (
    <Center py={80} role="status" aria-live="polite">
      <Stack align="center" gap="xs">
        <Loader aria-hidden="true" />
        <Text size="sm" c="dimmed">
          {what}…
        </Text>
      </Stack>
    </Center>
  );
}

/** Nothing is here yet: what to do about it. */
export function Empty(props: {
  readonly icon: IconName;
  readonly title: string;
  readonly children: ReactNode;
  readonly action?: ReactNode;
}): ReactElement {
  return (
    <Paper className="empty" radius="lg" p="xl">
      <Stack align="center" gap="sm" py="lg">
        <div className="empty-icon">
          <Icon name={props.icon} size={32} />
        </div>
        <Title order={2} size="h4" ta="center">
          {props.title}
        </Title>
        <Text c="dimmed" ta="center" maw={460}>
          {props.children}
        </Text>
        {props.action}
      </Stack>
    </Paper>
  );
}

export function Problem({ error, retry }: { readonly error: unknown; readonly retry?: () => void }): ReactElement {
  return (
    <Alert
      color="red"
      variant="light"
      radius="md"
      icon={<Icon name="warning" />}
      title="That did not work"
      role="alert"
    >
      <Stack gap="sm" align="flex-start">
        <Text size="sm">{sentenceOf(error)}</Text>
        {retry && (
          <Button size="xs" variant="default" onClick={retry} leftSection={<Icon name="refresh" size={16} />}>
            Try again
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

/** The head of a screen: its one first heading, and what can be done there. */
export function ScreenHead(props: {
  readonly title: ReactNode;
  readonly text?: ReactNode;
  readonly children?: ReactNode;
}): ReactElement {
  return (
    <header className="screen-head">
      <div className="screen-title">
        <Title order={1} size="h2" tabIndex={-1}>
          {props.title}
        </Title>
        {props.text && (
          <Text c="dimmed" mt={2}>
            {props.text}
          </Text>
        )}
      </div>
      {props.children && <div className="screen-actions">{props.children}</div>}
    </header>
  );
}
