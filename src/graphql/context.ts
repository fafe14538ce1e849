import type { DomainError } from '../domain/errors';
import type { EventFilter, ReadEvent } from '../domain/events';
import type { LoopSlice } from '../domain/loop-slice';
import type { TenantScope } from '../domain/tenant-scope';
import { LoaderRegistry } from './batch-loader';
import type { Principal } from './principal';

/**
 * Reads a tenant's events: those after the cursor (exclusive), then live.
 * @throws DomainError NOT_FOUND, BAD_USER_INPUT (a cursor of another list or tenant), CURSOR_EXPIRED.
 */
export type ReadEvents = (
  scope: TenantScope,
  filter: EventFilter,
  options: { readonly after?: string | null },
) => Promise<AsyncIterableIterator<ReadEvent>>;

/** Who sent a request, beside its key. */
export interface Client {
  /** Network address. */
  readonly address: string | null;
  /** Whom it says it acts for (`auditActorOf`). */
  readonly actor: string | null;
}

/** What every resolver of one operation shares. Services are not here: resolvers are built with theirs by the container. */
export interface ApiContext {
  readonly requestId: string;
  /** `http://host:port` as the client wrote it; undefined where that is not known. */
  readonly clientOrigin?: string | undefined;
  readonly client?: Client;
  /** Whether files go into the store past this server, so that their bytes are charged when their addresses are given out. @default false */
  readonly sendsDirectly?: boolean;
  /** Null only where introspection without a key is open (development). */
  readonly principal: Principal | null;
  /** Why there is no principal. */
  readonly refusal?: DomainError;
  readonly loaders: LoaderRegistry;
  /** Of the event loop, since the execution began: taken by the first root field, before which all variables are coerced in one piece. */
  slice?: LoopSlice | undefined;
  /** For `subscribe` functions, which belong to no resolver instance. */
  readonly readEvents: ReadEvents;
  /**
   * On a socket: throws once the key that opened it no longer holds. Called before each operation and each event.
   * @throws DomainError UNAUTHENTICATED, FORBIDDEN.
   */
  readonly assertStillAllowed?: () => Promise<void>;
}

export function createContext(parts: Omit<ApiContext, 'loaders'>): ApiContext {
  return { ...parts, loaders: new LoaderRegistry() };
}
