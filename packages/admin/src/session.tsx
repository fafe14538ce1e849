import { LikenessError, type LikenessClient } from '@likeness/client';
import { QueryClient } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import type { Session } from './api.ts';

export interface SignedIn {
  readonly session: Session;
  readonly client: LikenessClient;
  /** Whether the key may do this. */
  readonly may: (scope: string) => boolean;
  readonly leave: () => void;
}

export const SessionContext = createContext<SignedIn | null>(null);

export function useSession(): SignedIn {
  const signedIn = useContext(SessionContext);
  if (!signedIn) throw new Error('There is no session here');
  return signedIn;
}

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      // The client tries again itself what may be tried again.
      queries: { retry: false, staleTime: 10_000, refetchOnWindowFocus: true },
      mutations: { retry: false },
    },
  });
}

/** An error as one says it. */
export function sentenceOf(error: unknown): string {
  if (error instanceof LikenessError && error.code === 'FORBIDDEN') {
    return `${error.message} Sign in with another key, or ask whoever gave you this one.`;
  }
  return error instanceof Error ? error.message : 'Something went wrong. Try again.';
}
