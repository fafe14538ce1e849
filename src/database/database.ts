import { PrismaPg } from '@prisma/adapter-pg';
import { Pool, type PoolConfig } from 'pg';
import type { GalleryScope } from '../domain/gallery-scope';
import type { TenantScope } from '../domain/tenant-scope';
import { currentTrail } from './audit-trail';
import { Change, type Flushed, type Tx } from './change';
import { domainErrorOf, isReadOnlyViolation, isRetryableConflict } from './database-errors';
import { PrismaClient, type Prisma } from './generated/client';
import { takeGranteeRole } from './granted';
import { STATEMENT_TIMEOUT_MS } from './pooler';
import { asTenant, TenantPool, type TenantTransaction } from './tenant-pool';
import { TenantTurns } from './tenant-turns';

export interface DatabaseOptions {
  /** Login with the rights of `likeness_app`. */
  readonly appUrl: string;
  /** Login with the rights of `likeness_system`. */
  readonly systemUrl: string;
  /** Whether the two lead to a pooler in transaction mode, whose logins have their time zone and time-outs already. @default false */
  readonly isPooled?: boolean;
  /** @default 10 */
  readonly appPoolSize?: number;
  /** @default 4 */
  readonly systemPoolSize?: number;
}

export interface TransactionOptions {
  /** How long the transaction, and any statement of it, may take. @default 10000 */
  readonly timeoutMs?: number;
  /** @default ReadCommitted */
  readonly isolation?: TenantTransaction['isolation'];
}

/** Hears of each commit of a change that wrote events or messages. It must neither throw nor take time. */
export type ChangeListener = (scope: TenantScope, flushed: Flushed) => void;

const DEFAULT_TIMEOUT_MS = 10_000;
/** How long a transaction waits for a free connection. */
const POOL_WAIT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 5_000;
const CONFLICT_ATTEMPTS = 4;

/** All access to Postgres: one tenant at a time under row-level security, or as the platform itself. */
export class Database {
  /**
   * Sees every tenant: for key look-up, the outbox relay, the dispatcher's jobs, sweeps, packs in use, the list of
   * collections and the operator's work on tenants. Fails as `change` does.
   */
  readonly system: PrismaClient;
  private readonly app: PrismaClient;
  private readonly appPool: TenantPool;
  private readonly turns: TenantTurns;
  private readonly pools: readonly Pool[];
  private readonly listeners = new Set<ChangeListener>();

  constructor(options: DatabaseOptions) {
    const appPoolSize = options.appPoolSize ?? 10;
    const isPooled = options.isPooled ?? false;
    const appPool = new TenantPool(poolConfig(options.appUrl, appPoolSize, 'likeness-app', isPooled));
    this.appPool = appPool;
    this.turns = new TenantTurns(Math.ceil(appPoolSize / 2), appPoolSize, POOL_WAIT_MS);
    const systemPoolSize = options.systemPoolSize ?? 4;
    const systemPool = new Pool(poolConfig(options.systemUrl, systemPoolSize, 'likeness-system', isPooled));
    // A server that restarts cuts idle connections: the pool drops them, and the next query opens new ones.
    for (const pool of [appPool, systemPool]) pool.on('error', () => undefined);
    this.pools = [appPool, systemPool];
    this.app = clientOf(appPool);
    this.system = withDomainErrors(clientOf(systemPool));
  }

  /** Calls `listener` after each change that wrote events or messages, from now on. */
  onChange(listener: ChangeListener): void {
    this.listeners.add(listener);
  }

  /**
   * Changes this tenant's data in one transaction that sees and writes its rows only: `work` lets stores
   * write rows and gives the change what must be written with them. It may run again, with a new Change, after a deadlock
   * or a serialization failure, so it must touch nothing else; and it must not wait for a model, an engine or a client.
   *
   * @throws DomainError DEPENDENCY_UNAVAILABLE when Postgres cannot be reached, RATE_LIMITED when no connection was free, TIMEOUT when
   * the transaction took too long, STORAGE_FULL when its disk is full. A DomainError of `work` passes through; so does
   * a violated constraint (`isUniqueViolation`), and CollectionGone of the flush.
   */
  async change<T>(
    scope: TenantScope,
    work: (change: Change) => Promise<T>,
    options: TransactionOptions = {},
  ): Promise<T> {
    const { result, flushed } = await this.run(scope, { ...options, readOnly: false }, async (tx) => {
      const change = new Change(scope, tx);
      return { result: await work(change), flushed: await change.flush() };
    });
    const trail = currentTrail();
    if (trail && flushed.audited) trail.rows += 1;
    if (flushed.events || flushed.messages) for (const listener of this.listeners) listener(scope, flushed);
    return result;
  }

  /** Reads this tenant's rows in one READ ONLY transaction. Runs again and fails as `change` does. */
  read<T>(scope: TenantScope, work: (tx: Tx) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    return this.run(scope, { ...options, readOnly: true }, work);
  }

  /** Reads what a gallery publishes, as who was granted it; nothing where the grant does not hold. Fails as `read` does. */
  readGallery<T>({ grantee, grantId }: GalleryScope, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.readAsGrantee(grantee, grantId, work);
  }

  /** Reads which galleries the tenant was granted. Fails as `read` does. */
  readGrants<T>(grantee: TenantScope, work: (tx: Tx) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    return this.readAsGrantee(grantee, null, work, options);
  }

  private readAsGrantee<T>(
    grantee: TenantScope,
    grantId: string | null,
    work: (tx: Tx) => Promise<T>,
    options: TransactionOptions = {},
  ): Promise<T> {
    const asGrantee = async (tx: Tx): Promise<T> => {
      await takeGranteeRole(tx, grantId);
      return work(tx);
    };
    return this.read(grantee, asGrantee, options);
  }

  /**
   * Writes what nobody is told of and nothing counts: leases, watermarks, purges. What somebody has asked for goes through
   * `change`. Runs again and fails as that does.
   */
  maintain<T>(scope: TenantScope, work: (tx: Tx) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    return this.run(scope, { ...options, readOnly: false }, work);
  }

  /** `maintain` of one statement, in one round trip instead of three. @returns the rows that it wrote; they are on the disk then. */
  execute(scope: TenantScope, { text, values }: Prisma.Sql): Promise<number> {
    return this.inTurn(scope, { readOnly: false }, () => this.appPool.runAlone({ text, values }));
  }

  private run<T>(
    scope: TenantScope,
    options: TransactionOptions & { readonly readOnly: boolean },
    work: (tx: Tx) => Promise<T>,
  ): Promise<T> {
    const timeout = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    return this.inTurn(scope, options, () => this.app.$transaction(work, { maxWait: POOL_WAIT_MS, timeout }));
  }

  private async inTurn<T>(
    scope: TenantScope,
    {
      timeoutMs = DEFAULT_TIMEOUT_MS,
      isolation = 'ReadCommitted',
      readOnly,
    }: TransactionOptions & { readonly readOnly: boolean },
    once: () => Promise<T>,
  ): Promise<T> {
    const { tenantId, collectionIds } = scope;
    const transaction = { tenantId, collectionIds, timeoutMs, isolation, readOnly };
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.turns.run(tenantId, () => asTenant(transaction, once));
      } catch (error) {
        if (attempt < CONFLICT_ATTEMPTS && isRetryableConflict(error)) {
          await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * 2 ** attempt));
          continue;
        }
        // A write in `read` is a fault of ours, no standby that answers in place of its primary.
        throw readOnly && isReadOnlyViolation(error) ? error : domainErrorOf(error);
      }
    }
  }

  /** @throws DomainError as `change` when Postgres does not answer. */
  async ping(): Promise<void> {
    await this.system.$queryRaw`SELECT 1`;
  }

  /** Waits for what is running, then closes every connection. */
  async close(): Promise<void> {
    await Promise.all([this.app.$disconnect(), this.system.$disconnect()]);
    await Promise.all(this.pools.filter((pool) => !pool.ended).map((pool) => pool.end()));
  }
}

function clientOf(pool: Pool): PrismaClient {
  return new PrismaClient({ adapter: new PrismaPg(pool), errorFormat: 'minimal' });
}

function rethrow(error: unknown): never {
  throw domainErrorOf(error);
}

function withDomainErrors(client: PrismaClient): PrismaClient {
  const extended = client.$extends({
    query: { $allOperations: ({ args, query }) => query(args).catch(rethrow) },
  }) as unknown as PrismaClient;
  const transaction = extended.$transaction.bind(extended) as (...args: unknown[]) => Promise<unknown>;
  // Beginning and committing are no operations of the extension.
  return new Proxy(extended, {
    get: (target, name) =>
      name === '$transaction' ? (...args: unknown[]) => transaction(...args).catch(rethrow) : Reflect.get(target, name),
  });
}

function poolConfig(connectionString: string, max: number, name: string, isPooled: boolean): PoolConfig {
  return {
    connectionString,
    max,
    application_name: name,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    ...(isPooled ? {} : OF_A_CONNECTION),
  };
}

/** Asked for when a connection begins. */
const OF_A_CONNECTION: PoolConfig = {
  statement_timeout: STATEMENT_TIMEOUT_MS,
  idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
  // The adapter writes timestamps without a zone and means UTC.
  options: '-c timezone=UTC',
};
