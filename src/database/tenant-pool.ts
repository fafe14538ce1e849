import { AsyncLocalStorage } from 'node:async_hooks';
import { escapeLiteral, Pool, type PoolClient, type PoolConfig } from 'pg';

/** What a transaction of one tenant begins with. */
export interface TenantTransaction {
  /** A UUID, from a TenantScope. */
  readonly tenantId: string;
  /** UUIDs, from the same; null: the whole tenant. */
  readonly collectionIds: readonly string[] | null;
  readonly timeoutMs: number;
  readonly isolation: 'ReadCommitted' | 'RepeatableRead' | 'Serializable';
  readonly readOnly: boolean;
}

/** What the policies `collection_bounds` read: the text of an array, or nothing for the whole tenant. */
export function boundsText(collectionIds: readonly string[] | null): string {
  return collectionIds === null ? '' : `{${collectionIds.join(',')}}`;
}

const LEVELS: Readonly<Record<TenantTransaction['isolation'], string>> = {
  ReadCommitted: 'READ COMMITTED',
  RepeatableRead: 'REPEATABLE READ',
  Serializable: 'SERIALIZABLE',
};

const current = new AsyncLocalStorage<TenantTransaction>();

/** Lets the transactions that `work` begins be that tenant's. */
export function asTenant<T>(transaction: TenantTransaction, work: () => Promise<T>): Promise<T> {
  return current.run(transaction, work);
}

/**
 * Connections of the app role. One can only be had inside `asTenant`, is in that tenant's transaction from its first
 * round trip on, and goes back to the pool only when that transaction has ended.
 */
export class TenantPool extends Pool {
  constructor(config: PoolConfig) {
    super(config);
    // The adapter asks the pool itself for what is not in a transaction, and such a statement has no tenant.
    this.query = (() => {
      throw new Error('A tenant’s rows are only reached inside a transaction of that tenant');
    }) as unknown as Pool['query'];
    const connect = super.connect.bind(this) as () => Promise<PoolClient>;
    this.connect = (async () => {
      const transaction = current.getStore();
      if (!transaction) throw new Error('A tenant’s rows are only reached inside a transaction of that tenant');
      return new TenantConnection(await connect(), transaction);
    }) as unknown as Pool['connect'];
  }
}

/** The part of a PoolClient that the adapter uses. */
class TenantConnection {
  private begun = false;

  constructor(
    private readonly client: PoolClient,
    private readonly transaction: TenantTransaction,
  ) {}

  /** The adapter's first statement is BEGIN: the tenant goes along with it, and the caller's bounds in it. */
  query(config: { text: string }): Promise<unknown> {
    if (this.begun) return this.client.query(config);
    this.begun = true;
    const { tenantId, collectionIds, timeoutMs, isolation, readOnly } = this.transaction;
    return this.client.query(
      `BEGIN ISOLATION LEVEL ${LEVELS[isolation]}${readOnly ? ' READ ONLY' : ''}; ` +
        `SELECT set_config('app.tenant', ${escapeLiteral(tenantId)}, true), ` +
        `set_config('app.collections', ${escapeLiteral(boundsText(collectionIds))}, true), ` +
        `set_config('statement_timeout', ${escapeLiteral(String(timeoutMs))}, true)`,
    );
  }

  on(event: 'error', listener: (error: Error) => void): void {
    this.client.on(event, listener);
  }

  removeListener(event: 'error', listener: (error: Error) => void): void {
    this.client.removeListener(event, listener);
  }

  /** A connection whose transaction is still open would show its tenant's rows to the next one. */
  release(error?: Error | boolean): void {
    const open = this.client.getTransactionStatus() !== 'I';
    this.client.release(error ?? open);
  }
}
