import type { AuditContent, AuditParty } from '../domain/audit';

/** A numbered row of a tenant's audit, with what proves it. */
export interface AuditRecord {
  readonly id: string;
  readonly seq: bigint;
  readonly commitment: Uint8Array;
  readonly chain: Uint8Array;
  /** Null, like the content: erased. */
  readonly salt: Uint8Array | null;
  /** JSON of an AuditContent, as it was hashed. */
  readonly content: string | null;
}

/** What a reader of the audit looks for; all conditions must hold. */
export interface AuditFilter {
  readonly operations?: readonly string[];
  readonly by?: AuditParty;
  readonly apiKeyId?: string;
  readonly actor?: string;
  readonly collectionId?: string;
  readonly subjectId?: string;
  /** Inclusive. */
  readonly from?: Date;
  /** Exclusive. */
  readonly to?: Date;
}

/** What the row says; null: erased. */
export function contentOf({ content }: Pick<AuditRecord, 'content'>): AuditContent | null {
  return content === null ? null : (JSON.parse(content) as AuditContent);
}
