import { Alert, Button, Center, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useState, type ReactElement } from 'react';
import { isInTheClear, signInWithKey, type Session } from '../api.ts';
import { Icon, Logo } from '../parts/icons.tsx';

export function SignIn(props: {
  readonly notice?: string | undefined;
  readonly done: (session: Session) => void;
}): ReactElement {
  return (
    <Center component="main" mih="100dvh" p="md" className="sign-in">
      <Paper radius="lg" p={{ base: 'lg', sm: 'xl' }} w="100%" maw={440} withBorder shadow="md">
        <Stack gap="lg">
          <Stack gap="xs" align="center">
            <Logo size={52} />
            <Title order={1} size="h2">
              Likeness
            </Title>
            <Text c="dimmed" ta="center">
              Find people in photographs.
            </Text>
          </Stack>
          {props.notice && (
            <Alert color="yellow" icon={<Icon name="warning" />} role="alert">
              {props.notice}
            </Alert>
          )}
          <SignInForm done={props.done} />
          <Text size="sm" c="dimmed">
            Whoever runs this server gives you a key. To run it yourself: <code>npm run operator-key</code> prints the
            one that makes tenants, and their keys.
          </Text>
        </Stack>
      </Paper>
    </Center>
  );
}

export function SignInForm(props: { readonly done: (session: Session) => void }): ReactElement {
  const [key, setKey] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const signIn = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      props.done(await signInWithKey(key.trim()));
    } catch (problem) {
      setError((problem as Error).message);
    } finally {
      setBusy(false);
    }
  };
  if (isInTheClear()) {
    return (
      <Alert color="red" icon={<Icon name="warning" />} title="This connection is not safe" role="alert">
        The page came over plain HTTP, so anybody on the way could read your key. Open it over https, or on the machine
        itself, or through a tunnel: <code>ssh -L 4000:127.0.0.1:4000 {location.hostname}</code>, then
        http://127.0.0.1:4000.
      </Alert>
    );
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!isBusy && key.trim()) void signIn();
      }}
    >
      <Stack>
        <PasswordInput
          label="Your key"
          placeholder="lk_live_…"
          value={key}
          onChange={(event) => setKey(event.currentTarget.value)}
          error={error}
          autoComplete="off"
          size="md"
          data-autofocus
          visibilityToggleButtonProps={{ 'aria-label': 'Show the key' }}
        />
        <Button type="submit" size="md" loading={isBusy} disabled={!key.trim()} fullWidth>
          Sign in
        </Button>
      </Stack>
    </form>
  );
}
