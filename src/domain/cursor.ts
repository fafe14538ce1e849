import { createHmac, timingSafeEqual } from 'node:crypto';
import { badInput } from './errors';
import type { Honoured } from './honoured';
import type { TenantScope } from './tenant-scope';

const MAC_BYTES = 12;
/** One may hold a name that its list is ordered by. */
export const MAX_CURSOR_LENGTH = 1_024;

/** Whose list it is: a tenant's, or the operator's list of tenants. */
export type CursorOwner = TenantScope | 'operator';

/**
 * Opaque positions in lists and event streams. A cursor is bound by HMAC to its owner and its kind of list: one of another
 * tenant, of another list, or a damaged one is refused, so a decoded value is always one that this platform gave out.
 */
export class CursorCodec {
  private readonly secrets: Honoured;

  /** @param secrets of at least 16 characters, the same in every API process; one, or all that are honoured. */
  constructor(secrets: string | Honoured) {
    this.secrets = typeof secrets === 'string' ? [secrets] : secrets;
    if (this.secrets.some((secret) => secret.length < 16)) {
      throw new Error('A cursor secret needs at least 16 characters');
    }
  }

  /**
   * @param kind the list, such as `collections`, or `events` for a replay position.
   * @param value what the list continues after: an id, a sequence number.
   */
  encode(owner: CursorOwner, kind: string, value: string): string {
    return Buffer.concat([macOf(this.secrets[0], owner, kind, value), Buffer.from(value, 'utf8')]).toString(
      'base64url',
    );
  }

  /**
   * @param path the argument to name when it is refused.
   * @throws DomainError BAD_USER_INPUT.
   */
  decode(owner: CursorOwner, kind: string, cursor: string, path = 'after'): string {
    const bytes = cursor.length <= MAX_CURSOR_LENGTH ? Buffer.from(cursor, 'base64url') : Buffer.alloc(0);
    if (bytes.length > MAC_BYTES) {
      const value = bytes.subarray(MAC_BYTES).toString('utf8');
      const given = bytes.subarray(0, MAC_BYTES);
      const matches = this.secrets.map((secret) => timingSafeEqual(given, macOf(secret, owner, kind, value)));
      if (matches.includes(true)) return value;
    }
    throw badInput({ path, rule: 'must be a cursor taken from an earlier answer of this very list' });
  }
}

function macOf(secret: string, owner: CursorOwner, kind: string, value: string): Buffer {
  const name = owner === 'operator' ? owner : owner.tenantId;
  return createHmac('sha256', secret).update(`cursor\0${name}\0${kind}\0${value}`).digest().subarray(0, MAC_BYTES);
}
