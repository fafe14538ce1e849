import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import { withLogin } from './login-url';

/** Serialises role changes between processes: roles belong to the whole server. */
const ROLES_LOCK = 72_707_370;

export interface RolePasswords {
  readonly appPassword: string;
  readonly systemPassword: string;
}

export interface RoleUrls {
  readonly appUrl: string;
  readonly systemUrl: string;
}

/**
 * Gives `likeness_app` and `likeness_system`, which the first migration made, their login and password. Changes nothing
 * when both can log in already, so it may run at every start and in several processes at once.
 *
 * @throws Error of the database when the owner may not alter the roles.
 */
export async function ensureRoles(ownerUrl: string, passwords: RolePasswords): Promise<RoleUrls> {
  const urls = roleUrls(ownerUrl, passwords);
  if ((await canLogIn(urls.appUrl)) && (await canLogIn(urls.systemUrl))) return urls;
  await changeRoles(ownerUrl, async (owner) => {
    for (const [role, url, password] of [
      ['likeness_app', urls.appUrl, passwords.appPassword],
      ['likeness_system', urls.systemUrl, passwords.systemPassword],
    ] as const) {
      // Whoever held the lock before may have done it.
      if (await canLogIn(url)) continue;
      await owner.query(
        `ALTER ROLE ${escapeIdentifier(role)} LOGIN PASSWORD ${escapeLiteral(scramVerifier(password))}`,
      );
    }
  });
  return urls;
}

/** The owner's URL with the login of each role. */
export function roleUrls(ownerUrl: string, passwords: RolePasswords): RoleUrls {
  return {
    appUrl: withLogin(ownerUrl, 'likeness_app', passwords.appPassword),
    systemUrl: withLogin(ownerUrl, 'likeness_system', passwords.systemPassword),
  };
}

/**
 * Runs what alters roles, in one transaction that no other such runs beside: PostgreSQL refuses two that alter one role at a time ("tuple
 * concurrently updated").
 */
export async function changeRoles(ownerUrl: string, work: (owner: Client) => Promise<void>): Promise<void> {
  const owner = new Client({ connectionString: ownerUrl, application_name: 'likeness-roles' });
  owner.on('error', () => undefined);
  await owner.connect();
  try {
    await owner.query('BEGIN');
    await owner.query('SELECT pg_advisory_xact_lock($1)', [ROLES_LOCK]);
    await work(owner);
    await owner.query('COMMIT');
  } finally {
    await owner.end();
  }
}

/** SQLSTATEs of a role that may not log in yet or has another password. */
const REFUSED = new Set(['28P01', '28000']);

async function canLogIn(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch (error) {
    if (REFUSED.has((error as { code?: string }).code ?? '')) return false;
    throw error;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The stored form of a password (RFC 5803), so that the password itself never reaches the server's log. */
function scramVerifier(password: string): string {
  const iterations = 4096;
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const hmac = (text: string): Buffer => createHmac('sha256', salted).update(text).digest();
  const storedKey = createHash('sha256').update(hmac('Client Key')).digest();
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey.toString('base64')}:${hmac('Server Key').toString('base64')}`;
}
