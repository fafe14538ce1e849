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

/** One statement with its parameters, `$1` and so on. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** What the adapter is told of BEGIN and COMMIT; it looks at none of it. */
const NOTHING = { rows: [], fields: [], rowCount: 0 };

/**
 * Connections of the app role. One can only be had inside `asTenant`, is in that tenant's transaction from its first
 * round trip on, and goes back to the pool only when that transaction has ended.
 */
export class TenantPool extends Pool {
  /** @param config of a pool whose connections send without waiting for the answer to what they sent before. */
  constructor(config: PoolConfig) {
    super({ ...config, pipeline: true });
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

  /** Runs one statement in a transaction of its own, all of it in one round trip. Must be called inside `asTenant`. @returns the rows it wrote. */
  async runAlone(statement: Statement): Promise<number> {
    const connection = (await this.connect()) as unknown as TenantConnection;
    try {
      return await connection.runAlone(statement);
    } finally {
      connection.release();
    }
  }
}

/** A connection that breaks fails what was asked of it; the event beside that would end the process if nobody listened. */
const leaveToQueries = (): void => undefined;

/** The part of a PoolClient that the adapter uses. */
class TenantConnection {
  private begun = false;
  /** The answer to a COMMIT that nobody waits for. */
  private ended: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly client: PoolClient,
    private readonly transaction: TenantTransaction,
  ) {
    client.on('error', leaveToQueries);
  }

  /**
   * The adapter's first statement is BEGIN. It goes, with the tenant and the caller's bounds in it, along with the statement after it, and the COMMIT of what read only is
   * not waited for: each would be a round trip in which nothing is learnt.
   */
  async query(config: { text: string }): Promise<unknown> {
    if (config.text === 'BEGIN') return NOTHING;
    if (!this.begun) {
      // Of a transaction in which nothing was asked.
      if (config.text === 'COMMIT' || config.text === 'ROLLBACK') return NOTHING;
      return this.together(() => this.client.query(config));
    }
    if (config.text === 'COMMIT' && this.endsUnseen()) {
      this.ended = this.client.query(config).catch(() => undefined);
      return NOTHING;
    }
    return this.client.query(config);
  }

  async runAlone({ text, values }: Statement): Promise<number> {
    return this.together(async () => {
      // After a statement that failed, COMMIT undoes.
      const [written] = await all([this.client.query(text, [...values]), this.client.query('COMMIT')]);
      return written.rowCount ?? 0;
    });
  }

  /** Begins the tenant's transaction and does `work` in one write to the socket. */
  private async together<T>(work: () => Promise<T>): Promise<T> {
    const { tenantId, collectionIds, timeoutMs, isolation, readOnly } = this.transaction;
    const { stream } = this.client.connection;
    this.begun = true;
    stream.cork();
    const begin = this.client.query(
      `BEGIN ISOLATION LEVEL ${LEVELS[isolation]}${readOnly ? ' READ ONLY' : ''}; ` +
        `SELECT set_config('app.tenant', ${escapeLiteral(tenantId)}, true), ` +
        `set_config('app.collections', ${escapeLiteral(boundsText(collectionIds))}, true), ` +
        `set_config('statement_timeout', ${escapeLiteral(String(timeoutMs))}, true)`,
    );
    const answer = work();
    stream.uncork();
    // Without a tenant rows are neither seen nor written: what is answered after a BEGIN that failed says nothing.
    const [, answered] = await all([begin, answer]);
    return answered;
  }

  /** Rows that were read are as they were read, however that transaction ends; only a serializable one may say no in the end. */
  private endsUnseen(): boolean {
    return this.transaction.readOnly && this.transaction.isolation !== 'Serializable';
  }

  on(event: 'error', listener: (error: Error) => void): void {
    this.client.on(event, listener);
  }

  removeListener(event: 'error', listener: (error: Error) => void): void {
    this.client.removeListener(event, listener);
  }

  /** A connection whose transaction is still open would show its tenant's rows to the next one. */
  release(error?: Error | boolean): void {
    void this.ended.then(() => {
      this.client.removeListener('error', leaveToQueries);
      const open = this.client.getTransactionStatus() !== 'I';
      this.client.release(error ?? open);
    });
  }
}

/** Waits for all, also where one fails: an answer that is still under way belongs to this transaction. @throws what the first in the list threw. */
async function all<T extends readonly unknown[]>(answers: T): Promise<{ -readonly [P in keyof T]: Awaited<T[P]> }> {
  await Promise.allSettled(answers);
  return Promise.all(answers);
}
