export interface PersonRecord {
  readonly id: string;
  readonly collectionId: string;
  readonly displayName: string;
  readonly externalId: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface NewPerson {
  readonly collectionId: string;
  readonly displayName: string;
  readonly externalId: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export type PersonOrderField = 'NAME' | 'CREATED_AT';

export interface PersonFilter {
  /** Part of the display name or the external id, case-insensitive. */
  readonly text?: string;
  readonly externalId?: string;
  /** A JSON object that the person's metadata must contain. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}
