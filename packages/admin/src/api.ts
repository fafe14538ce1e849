import { createClient, type LikenessClient } from '@likeness/client';
import { addressHere } from './pure/addresses.ts';

/** Where the page is, with a slash at the end. */
const BASE = new URL('./', document.baseURI).href;

/** A signed address as this page reaches it. */
export const here = (address: string): string => addressHere(address, BASE);

/** Who has signed in. */
export interface Session {
  /** null: the operator, who manages tenants and sees nothing of theirs. */
  readonly tenant: { readonly id: string; readonly name: string } | null;
  readonly keyName: string;
  readonly scopes: readonly string[];
  readonly keyExpiresAt: string | null;
}

/** What ends a session while a page is open: it is over, or another tab has signed in as somebody else. */
export type Interruption = 'ended' | 'other';

const INTERRUPTIONS: Readonly<Record<number, Interruption>> = { 401: 'ended', 409: 'other' };

/**
 * Speaks for the session of the cookie, and for none but this tenant's. Uploads go to the page's own origin, too: its policy
 * allows no other.
 * @param interrupted is told when a request is refused as a whole.
 */
export function clientOf(session: Session, interrupted: (what: Interruption) => void): LikenessClient {
  const fetchHere: typeof fetch = async (target, init) => {
    if (init?.method === 'PUT' && typeof target === 'string') return fetch(here(target), init);
    const response = await fetch(target, init);
    const what = INTERRUPTIONS[response.status];
    if (what) interrupted(what);
    return response;
  };
  return createClient({ url: BASE, tenant: session.tenant?.id ?? 'operator', fetch: fetchHere });
}

/** Why signing in did not work, for the person who tries. */
export class SignInError extends Error {}

async function post(path: string, body: object, key?: string): Promise<{ session: Session | null }> {
  const response = await fetch(new URL(path, BASE), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'apollo-require-preflight': '1',
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    },
    body: JSON.stringify(body),
  }).catch(() => {
    throw new SignInError('The server does not answer. Is it running, and are you connected to it?');
  });
  const answer = (await response.json().catch(() => ({}))) as {
    session?: Session | null;
    error?: { message: string };
  };
  if (response.ok && answer.session !== undefined) return { session: answer.session };
  throw new SignInError(answer.error?.message ?? `The server answered with ${response.status}. Try again in a moment.`);
}

/** @throws SignInError. */
export const signInWithKey = async (key: string): Promise<Session> => (await post('session', {}, key)).session!;
/** @throws SignInError. */
export const signInWithCode = async (code: string): Promise<Session> => (await post('session', { code })).session!;
/** @throws SignInError. */
export const currentSession = async (): Promise<Session | null> => (await post('session/current', {})).session;
/** @throws SignInError. */
export const signOut = async (): Promise<void> => void (await post('session/end', {}));

/** Whether a key would be read by whoever carries it, so that the server refuses to take one. */
export function isInTheClear(): boolean {
  return !globalThis.isSecureContext;
}
