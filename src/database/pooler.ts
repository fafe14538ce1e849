import { Client, escapeIdentifier } from 'pg';
import { DomainError } from '../domain/errors';
import { roleOf } from './login-url';
import { changeRoles } from './roles';

/** No statement outlives this, whoever forgot to bound it; nor does a transaction in which nothing is asked. */
export const STATEMENT_TIMEOUT_MS = 60_000;

/**
 * Gives logins what a connection otherwise asks for when it begins: a pooler in transaction mode hands no such request on. May run in
 * several processes at once. Does nothing where the owner may not: `assertLogin` says what is missing then.
 */
export async function setLoginDefaults(ownerUrl: string, loginUrls: readonly string[]): Promise<void> {
  for (const url of loginUrls) {
    await changeRoles(ownerUrl, async (owner) => {
      for (const statement of defaultsOf(url)) await owner.query(statement);
    }).catch((error: { code?: string }) => {
      if (error.code !== INSUFFICIENT_PRIVILEGE) throw error;
    });
  }
}

const INSUFFICIENT_PRIVILEGE = '42501';

function defaultsOf(loginUrl: string): string[] {
  const role = escapeIdentifier(roleOf(loginUrl));
  const database = escapeIdentifier(decodeURIComponent(new URL(loginUrl).pathname.slice(1)));
  return [
    `timezone = 'UTC'`,
    `statement_timeout = ${STATEMENT_TIMEOUT_MS}`,
    `idle_in_transaction_session_timeout = ${STATEMENT_TIMEOUT_MS}`,
  ].map((setting) => `ALTER ROLE ${role} IN DATABASE ${database} SET ${setting}`);
}

/**
 * Holds a login to what keeps tenants apart, and one that comes by a pooler to what its connections need.
 * @param setting names it in the message.
 * @throws DomainError CONFLICT.
 */
export async function assertLogin(url: string, setting: string, isPooled: boolean): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ role: string; passes: boolean; zone: string; unbounded: boolean }>(
      `SELECT rolname AS role, rolsuper OR rolbypassrls AS passes, current_setting('TimeZone') AS zone,
              '0' IN (current_setting('statement_timeout'), current_setting('idle_in_transaction_session_timeout'))
                AS unbounded
         FROM pg_roles WHERE rolname = current_user`,
    );
    const { role, passes, zone, unbounded } = rows[0]!;
    if (passes) {
      const reason = `${setting} logs in as ${role}, which row-level security does not hold: tenants would see each other.`;
      throw new DomainError('CONFLICT', `${reason} Give it a role without SUPERUSER and BYPASSRLS.`);
    }
    if (isPooled && (zone !== 'UTC' || unbounded)) {
      const mend = `As the database's owner, run: ${defaultsOf(url).join('; ')}; then RECONNECT in PgBouncer.`;
      throw new DomainError('CONFLICT', `By the pooler, ${role} has time zone ${zone} or no time-outs. ${mend}`);
    }
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Whether the owner's login is a superuser, which it need not be. */
export async function isSuperuser(ownerUrl: string): Promise<boolean> {
  const client = new Client({ connectionString: ownerUrl });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ rolsuper: boolean }>(
      'SELECT rolsuper FROM pg_roles WHERE rolname = current_user',
    );
    return rows[0]?.rolsuper === true;
  } finally {
    await client.end();
  }
}
