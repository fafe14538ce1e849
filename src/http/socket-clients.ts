import type { WebSocket } from 'ws';
import { DomainError } from '../domain/errors';
import type { Principal } from '../graphql/principal';
import { MessageRate } from './message-rate';

/** What sockets may hold, by whose they are. */
export const SOCKET_LIMITS = {
  operationsASocket: 50,
  socketsAKey: 200,
  socketsATenant: 1_000,
  operationsATenant: 10_000,
  operationsOfAll: 40_000,
  /** Sockets of one address that have not shown a key yet. */
  strangersAnAddress: 50,
  messagesASocket: { perSecond: 100, burst: 200 },
  messagesATenant: { perSecond: 1_000, burst: 5_000 },
} as const;

/** A socket that has shown its key. */
export interface Session {
  readonly socket: WebSocket;
  /** Who opened it, judged anew. @throws DomainError UNAUTHENTICATED, FORBIDDEN, CONFLICT. */
  readonly identify: () => Promise<Principal>;
  /** Of the session that it was opened with; undefined: it was a key. */
  readonly token: string | undefined;
  readonly requestId: string;
  readonly principal: Principal;
}

interface Tenant {
  sockets: number;
  operations: number;
  readonly rate: MessageRate;
}

/** The key that stands for the operator's sockets, and the tenant that it is counted as. */
const OPERATOR = 'operator';

const keyOf = ({ principal }: Session): string => (principal.kind === 'operator' ? OPERATOR : principal.apiKeyId);
const tenantOf = ({ principal }: Session): string =>
  principal.kind === 'operator' ? OPERATOR : principal.scope.tenantId;

/** Who is connected, by key and by tenant, and how much of each there is. */
export class SocketClients {
  private readonly sessions = new WeakMap<WebSocket, Session>();
  private readonly byKey = new Map<string, Set<Session>>();
  private readonly tenants = new Map<string, Tenant>();
  private readonly strangers = new Map<string, number>();
  private operations = 0;

  /** Counts a socket that has shown no key. @returns what ends this; undefined when its address has too many. */
  takeStranger(address: string): (() => void) | undefined {
    const others = this.strangers.get(address) ?? 0;
    if (others >= SOCKET_LIMITS.strangersAnAddress) return undefined;
    this.strangers.set(address, others + 1);
    let counted = true;
    return () => {
      if (!counted) return;
      counted = false;
      const left = this.strangers.get(address)! - 1;
      if (left > 0) this.strangers.set(address, left);
      else this.strangers.delete(address);
    };
  }

  /** @throws DomainError RATE_LIMITED when its key or its tenant has too many sockets. */
  add(session: Session): void {
    const { socketsAKey, socketsATenant, messagesATenant } = SOCKET_LIMITS;
    const ofKey = this.byKey.get(keyOf(session)) ?? new Set();
    if (ofKey.size >= socketsAKey) {
      throw rateLimited(`A key may hold ${socketsAKey} sockets open. Close some.`);
    }
    const tenant = this.tenants.get(tenantOf(session)) ?? {
      sockets: 0,
      operations: 0,
      rate: new MessageRate(messagesATenant),
    };
    if (tenant.sockets >= socketsATenant) {
      throw rateLimited(`A tenant may hold ${socketsATenant} sockets open. Close some.`);
    }
    tenant.sockets++;
    this.tenants.set(tenantOf(session), tenant);
    this.byKey.set(keyOf(session), ofKey.add(session));
    this.sessions.set(session.socket, session);
  }

  /** The session of a socket that has shown its key and is open. */
  find(socket: WebSocket): Session | undefined {
    return this.sessions.get(socket);
  }

  remove(socket: WebSocket): void {
    const session = this.sessions.get(socket);
    if (!session) return;
    this.sessions.delete(socket);
    const ofKey = this.byKey.get(keyOf(session));
    ofKey?.delete(session);
    if (ofKey?.size === 0) this.byKey.delete(keyOf(session));
    const tenant = this.tenants.get(tenantOf(session))!;
    tenant.sockets--;
    this.forgetIfIdle(tenantOf(session), tenant);
  }

  /** Sockets that this key opened. */
  ofKey(apiKeyId: string): Iterable<Session> {
    return this.byKey.get(apiKeyId) ?? [];
  }

  /** Sockets that this session opened. */
  ofLogin(token: string): Session[] {
    return [...this.byKey.values()].flatMap((sessions) => [...sessions].filter((one) => one.token === token));
  }

  /** Ids of the tenants' keys that have sockets open. */
  keyIds(): string[] {
    return [...this.byKey.keys()].filter((id) => id !== OPERATOR);
  }

  /** Whether the tenant may send one more message just now. */
  takeMessage(session: Session): boolean {
    return this.tenants.get(tenantOf(session))?.rate.take() ?? true;
  }

  /** @returns what ends the operation. @throws DomainError RATE_LIMITED. */
  takeOperation(session: Session): () => void {
    const { operationsATenant, operationsOfAll } = SOCKET_LIMITS;
    const tenant = this.tenants.get(tenantOf(session));
    if (!tenant) throw new DomainError('UNAUTHENTICATED', 'This socket is closing. Connect again.');
    if (tenant.operations >= operationsATenant) {
      throw rateLimited(`A tenant may run ${operationsATenant} operations over sockets at once. Complete some.`);
    }
    if (this.operations >= operationsOfAll) {
      throw rateLimited('The server runs too many operations over sockets. Try again in a moment.');
    }
    tenant.operations++;
    this.operations++;
    let runs = true;
    return () => {
      if (!runs) return;
      runs = false;
      tenant.operations--;
      this.operations--;
      this.forgetIfIdle(tenantOf(session), tenant);
    };
  }

  private forgetIfIdle(id: string, tenant: Tenant): void {
    if (tenant.sockets === 0 && tenant.operations === 0) this.tenants.delete(id);
  }
}

/** When places are given back nobody knows: a second is when it is worth asking again. */
export function rateLimited(message: string): DomainError {
  return new DomainError('RATE_LIMITED', message, { details: { retryAfterMs: 1_000 } });
}
