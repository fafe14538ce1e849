import { commitmentOf, type AuditContent } from './audit';
import { EXPIRY } from './audit-chain';

/** What a row tells of rows before it that were removed because their time was over. */
export interface AuditExpiry {
  /** The row that tells it. */
  readonly seq: bigint;
  readonly at: string;
  /** The last row that went. */
  readonly through: bigint;
  /** Its chain, which the first of the rest follows. */
  readonly chain: Uint8Array;
  /** ISO 8601: rows that went are from before this. */
  readonly before: string;
}

/** Expiries that rows tell of, in their order. A row that is not the one that was written tells nothing. */
export function expiriesOf(
  rows: readonly {
    readonly seq: string;
    readonly commitment: string;
    readonly salt: string | null;
    readonly content: string | null;
  }[],
): AuditExpiry[] {
  return rows.flatMap(({ seq, commitment, salt, content }) => {
    // Cheaper than parsing each row.
    if (salt === null || !content?.includes(`"operation":"${EXPIRY}"`)) return [];
    if (commitmentOf(Buffer.from(salt, 'hex'), content).toString('hex') !== commitment) return [];
    const { operation, at, details } = JSON.parse(content) as AuditContent;
    const { through, chain, before } = details;
    if (operation !== EXPIRY || !/^[1-9]\d{0,18}$/.test(String(through)) || !/^[0-9a-f]{64}$/.test(String(chain)))
      return [];
    return [
      {
        seq: BigInt(seq),
        at,
        through: BigInt(String(through)),
        chain: Buffer.from(String(chain), 'hex'),
        before: String(before),
      },
    ];
  });
}
