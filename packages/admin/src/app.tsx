import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState, type ReactElement } from 'react';
import { clientOf, currentSession, signInWithCode, signOut, type Interruption, type Session } from './api.ts';
import { Waiting } from './parts/states.tsx';
import { codeOf } from './pure/routes.ts';
import { SignIn, SignInForm } from './screens/sign-in.tsx';
import { createQueryClient, SessionContext, type SignedIn } from './session.tsx';
import { Shell } from './shell.tsx';

type State =
  | { readonly kind: 'looking' }
  | { readonly kind: 'out'; readonly notice?: string }
  | { readonly kind: 'in'; readonly session: Session };

/** Signs in by the code that the address brings, or goes on with the session that there is. */
async function begin(): Promise<State> {
  const code = codeOf(location.hash);
  if (code !== undefined) {
    // It works once: it is not to be met again by the back button, nor to be read over a shoulder.
    history.replaceState(null, '', '#/');
    try {
      return { kind: 'in', session: await signInWithCode(code) };
    } catch (error) {
      const session = await currentSession().catch(() => null);
      return session ? { kind: 'in', session } : { kind: 'out', notice: (error as Error).message };
    }
  }
  try {
    const session = await currentSession();
    return session ? { kind: 'in', session } : { kind: 'out' };
  } catch (error) {
    return { kind: 'out', notice: (error as Error).message };
  }
}

export function App(): ReactElement {
  const [state, setState] = useState<State>({ kind: 'looking' });
  const hasBegun = useRef(false);
  useEffect(() => {
    if (hasBegun.current) return;
    hasBegun.current = true;
    void begin().then(setState);
  }, []);
  if (state.kind === 'looking') return <Waiting />;
  if (state.kind === 'out') {
    return <SignIn notice={state.notice} done={(session) => setState({ kind: 'in', session })} />;
  }
  return (
    <SignedInPage
      key={state.session.tenant?.id ?? 'operator'}
      first={state.session}
      left={() => setState({ kind: 'out' })}
    />
  );
}

function SignedInPage(props: { readonly first: Session; readonly left: () => void }): ReactElement {
  const [session, setSession] = useState(props.first);
  const [interruption, setInterruption] = useState<Interruption | null>(null);
  const queries = useMemo(createQueryClient, []);
  const tenant = session.tenant?.id ?? 'operator';
  const client = useMemo(() => clientOf(props.first, setInterruption), [props.first]);
  useEffect(() => () => void client.close(), [client]);
  const signedIn: SignedIn = useMemo(
    () => ({
      session,
      client,
      may: (scope) => session.scopes.includes(scope),
      leave: () => void signOut().then(props.left, props.left),
    }),
    [session, client, props.left],
  );
  const again = (next: Session): void => {
    if ((next.tenant?.id ?? 'operator') !== tenant) return location.reload();
    setSession(next);
    setInterruption(null);
    void queries.invalidateQueries();
  };
  return (
    <QueryClientProvider client={queries}>
      <SessionContext.Provider value={signedIn}>
        <Shell />
        <Modal
          opened={interruption === 'ended'}
          onClose={() => undefined}
          withCloseButton={false}
          zIndex={400}
          title="You have been signed out"
          centered
        >
          <Stack>
            <Text size="sm">
              The session has ended, or its key was revoked. What you were doing is still here: sign in, and go on.
            </Text>
            <SignInForm done={again} />
          </Stack>
        </Modal>
        <Modal
          opened={interruption === 'other'}
          onClose={() => undefined}
          withCloseButton={false}
          zIndex={400}
          title="Somebody else has signed in"
          centered
        >
          <Stack>
            <Text size="sm">
              In another tab of this browser you have signed in with a key of another tenant, and this tab still shows
              the one before. Nothing was changed.
            </Text>
            <Group justify="flex-end">
              <Button onClick={() => location.reload()}>Load this page again</Button>
            </Group>
          </Stack>
        </Modal>
      </SessionContext.Provider>
    </QueryClientProvider>
  );
}
