import { Prisma } from '../generated/client';
import { newId } from '../../domain/ids';
import type { LoginOwner, LoginRecord, NewLogin } from '../../records/login';
import type { Database } from '../database';

/** Logins of one key, codes among them; the oldest ends when there is one more. */
const MOST_OF_A_KEY = 100;

/** Logins, which are looked up before there is a tenant. Used by `http/login-sessions` only. */
export class Logins {
  constructor(private readonly database: Database) {}

  /** Removes what has ended on the way, and the oldest where a key has more than it needs. @param idleSince sessions that were last seen before have ended. */
  async create({ owner, ...login }: NewLogin, now: Date, idleSince: Date): Promise<void> {
    const { loginSession } = this.database.system;
    await loginSession.deleteMany({ where: { OR: [{ expiresAt: { lte: now } }, { lastSeenAt: { lte: idleSince } }] } });
    await loginSession.create({
      data: {
        ...login,
        id: newId(),
        tokenHash: new Uint8Array(login.tokenHash),
        tenantId: owner.kind === 'tenant' ? owner.tenantId : null,
        apiKeyId: owner.kind === 'tenant' ? owner.apiKeyId : null,
        operatorKeyHash: owner.kind === 'operator' ? new Uint8Array(owner.operatorKeyHash) : null,
        createdAt: now,
        lastSeenAt: now,
      },
    });
    const ofKey =
      owner.kind === 'tenant'
        ? Prisma.sql`tenant_id = ${owner.tenantId}::uuid AND api_key_id = ${owner.apiKeyId}::uuid`
        : Prisma.sql`operator_key_hash = ${owner.operatorKeyHash}`;
    await this.database.system.$executeRaw`
      DELETE FROM login_sessions WHERE id IN (
        SELECT id FROM login_sessions WHERE ${ofKey} ORDER BY id DESC OFFSET ${MOST_OF_A_KEY})`;
  }

  /** A session, whether it has ended or not; null when there is none. */
  async find(tokenHash: Uint8Array): Promise<LoginRecord | null> {
    const row = await this.database.system.loginSession.findFirst({
      where: { tokenHash: new Uint8Array(tokenHash), isCode: false },
      include: { apiKey: { select: { keyId: true } } },
    });
    if (!row) return null;
    const { lastSeenAt, expiresAt } = row;
    if (row.apiKey) return { owner: { kind: 'tenant', keyId: row.apiKey.keyId }, lastSeenAt, expiresAt };
    return { owner: { kind: 'operator', operatorKeyHash: row.operatorKeyHash! }, lastSeenAt, expiresAt };
  }

  /** Uses a code up. @returns whom it is good for; null when it is unknown, was used or has ended. */
  async takeCode(codeHash: Uint8Array, now: Date): Promise<LoginOwner | null> {
    const [row] = await this.database.system.$queryRaw<
      { tenant_id: string | null; api_key_id: string | null; operator_key_hash: Uint8Array | null }[]
    >`
      DELETE FROM login_sessions WHERE token_hash = ${codeHash} AND is_code AND expires_at > ${now}
      RETURNING tenant_id, api_key_id, operator_key_hash`;
    if (!row) return null;
    if (row.tenant_id !== null && row.api_key_id !== null) {
      return { kind: 'tenant', tenantId: row.tenant_id, apiKeyId: row.api_key_id };
    }
    return { kind: 'operator', operatorKeyHash: row.operator_key_hash! };
  }

  /** The public part of a key. */
  async keyIdOf(apiKeyId: string): Promise<string | null> {
    const key = await this.database.system.apiKey.findUnique({ where: { id: apiKeyId }, select: { keyId: true } });
    return key?.keyId ?? null;
  }

  /** Notes that a session is in use. */
  async touch(tokenHash: Uint8Array, now: Date): Promise<void> {
    await this.database.system.loginSession.updateMany({
      where: { tokenHash: new Uint8Array(tokenHash), isCode: false },
      data: { lastSeenAt: now },
    });
  }

  async end(tokenHash: Uint8Array): Promise<void> {
    await this.database.system.loginSession.deleteMany({
      where: { tokenHash: new Uint8Array(tokenHash), isCode: false },
    });
  }
}
