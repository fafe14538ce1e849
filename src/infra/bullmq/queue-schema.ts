import { runMigrations, quoteSchemaName } from 'bullmq';
import { Client } from 'pg';

/** The Postgres schema that holds the queues and the bus when they are not on Redis. */
export const QUEUE_SCHEMA = 'bullmq';

export interface QueueSchemaOptions {
  /** A connection as the owner: it needs CREATE on the database. */
  readonly ownerUrl: string;
  /** The role that the processes use the queue with; it must exist. */
  readonly runtimeRole: string;
  /** @default 'bullmq' */
  readonly schema?: string;
}

/** Spells LKQS; every process that migrates waits for this lock, since two GRANTs at once on one table fail. */
const LOCK = 0x4c4b5153;

/**
 * Brings the queue's schema up to the installed BullMQ's version and gives the runtime role what it needs there: no
 * DDL, since BullMQ creates objects at run time only for ids it makes itself and for bulk adds. May run at every start
 * and in several processes at once.
 *
 * @throws what Postgres answers: no connection, no right to create the schema, no such role.
 */
export async function migrateQueueSchema(options: QueueSchemaOptions): Promise<void> {
  const schemaName = options.schema ?? QUEUE_SCHEMA;
  const schema = quoteSchemaName(schemaName);
  const client = new Client({ connectionString: options.ownerUrl });
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [LOCK]);
    await runMigrations(client, schemaName);
    const role = client.escapeIdentifier(options.runtimeRole);
    await client.query(`
      BEGIN;
      GRANT USAGE ON SCHEMA ${schema} TO ${role};
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO ${role};
      REVOKE INSERT, UPDATE, DELETE ON ${schema}.migration FROM ${role};
      GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA ${schema} TO ${role};
      GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ${schema} TO ${role};
      COMMIT;
    `);
  } finally {
    await client.end();
  }
}
