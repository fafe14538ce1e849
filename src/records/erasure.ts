export const ERASURE_KINDS = ['PERSON', 'FACE', 'COLLECTION', 'TENANT', 'API_KEY'] as const;
export type ErasureKind = (typeof ERASURE_KINDS)[number];

/** What was erased, or which key was ended: ids and times alone. */
export interface ErasureRecord {
  readonly tenantId: string;
  readonly kind: ErasureKind;
  /** Of the person, the face, ... */
  readonly id: string;
  readonly at: Date;
  /** Of a key: from when on it does not work. */
  readonly endsAt: Date | null;
}
