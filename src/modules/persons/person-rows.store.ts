import type { Prisma } from '../../database/sql';
import type { PersonRecord } from '../../records/person';

export interface PersonModel {
  id: string;
  collectionId: string;
  displayName: string;
  externalId: string | null;
  metadata: Prisma.JsonValue;
  createdAt: Date;
  updatedAt: Date;
}

export function personRecordOf(person: PersonModel): PersonRecord {
  return {
    id: person.id,
    collectionId: person.collectionId,
    displayName: person.displayName,
    externalId: person.externalId,
    metadata: person.metadata as Record<string, unknown>,
    createdAt: person.createdAt,
    updatedAt: person.updatedAt,
  };
}
