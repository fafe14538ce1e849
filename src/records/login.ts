/** Whom a login acts for: a key of a tenant, or the operator's key of which the hash is kept. */
export type LoginOwner =
  | { readonly kind: 'tenant'; readonly tenantId: string; readonly apiKeyId: string }
  | { readonly kind: 'operator'; readonly operatorKeyHash: Uint8Array };

export interface NewLogin {
  /** HMAC-SHA256 of its token, 32 bytes. */
  readonly tokenHash: Uint8Array;
  /** Whether it is a code, good for one session, or a session. */
  readonly isCode: boolean;
  readonly owner: LoginOwner;
  readonly expiresAt: Date;
}

/** A session, with the public part of its key. */
export interface LoginRecord {
  readonly owner: { readonly kind: 'tenant'; readonly keyId: string } | Extract<LoginOwner, { kind: 'operator' }>;
  readonly lastSeenAt: Date;
  readonly expiresAt: Date;
}
