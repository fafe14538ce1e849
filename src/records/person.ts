export interface PersonRecord {
  readonly id: string;
  readonly collectionId: string;
  readonly displayName: string;
  readonly externalId: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** What else they are called; the names of those who were merged into them come after their own. */
  readonly aliases: readonly string[];
  /** YYYY-MM-DD; null: not known. */
  readonly bornOn: string | null;
  readonly diedOn: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface NewPerson {
  readonly collectionId: string;
  readonly displayName: string;
  readonly externalId: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** @default none */
  readonly aliases?: readonly string[];
  /** YYYY-MM-DD. @default not known */
  readonly bornOn?: string | null;
  readonly diedOn?: string | null;
  /** By which the request is known when it is repeated. */
  readonly clientRequestToken?: string | null;
}

/** What is given is changed. */
export type PersonChanges = Partial<Omit<NewPerson, 'collectionId' | 'clientRequestToken'>>;

export type PersonOrderField = 'NAME' | 'CREATED_AT' | 'FACE_COUNT';

export interface PersonFilter {
  /** Part of the display name or the external id, case-insensitive. */
  readonly text?: string;
  readonly externalId?: string;
  /** One of these external ids. */
  readonly externalIds?: readonly string[];
  /** A JSON object that the person's metadata must contain. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}
