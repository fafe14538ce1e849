import { createHash } from 'node:crypto';

/** What the first row of a tenant follows. */
export const FIRST_CHAIN: Uint8Array = new Uint8Array(32);

/** SHA-256(previous || seq || commitment), with seq as 8 bytes, the highest first. */
export function chainOf(previous: Uint8Array, seq: bigint, commitment: Uint8Array): Buffer {
  const number = Buffer.alloc(8);
  number.writeBigInt64BE(seq);
  return createHash('sha256').update(previous).update(number).update(commitment).digest();
}

/** The operation of a row that says up to which row others went because their time was over. */
export const EXPIRY = 'expireAudit';

/** How far a tenant's audit has come. */
export interface AuditHead {
  readonly seq: bigint;
  readonly chain: Uint8Array;
}

/** Before the first row. */
export const BEGINNING: AuditHead = { seq: 0n, chain: FIRST_CHAIN };

/** Numbers rows after the head, in their order. */
export function chainEntries<Row extends { readonly commitment: Uint8Array }>(
  head: AuditHead | null,
  rows: readonly Row[],
): (Row & AuditHead)[] {
  let { seq, chain } = head ?? BEGINNING;
  return rows.map((row) => {
    seq += 1n;
    chain = chainOf(chain, seq, row.commitment);
    return { ...row, seq, chain };
  });
}
