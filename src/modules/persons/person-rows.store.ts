import { Prisma } from '../../database/sql';
import type { PersonRecord } from '../../records/person';

/** Other names of a person `p`: their own, then those of who was merged into them. */
export const ALIASES = Prisma.sql`
  p.aliases || ARRAY(SELECT m.display_name FROM persons m WHERE m.merged_into_id = p.id ORDER BY m.id)`;

/** The person that an id stands for: of one who was merged into another, that one's. */
export function leadsTo(id: string): Prisma.Sql {
  return Prisma.sql`COALESCE((SELECT m.merged_into_id FROM persons m WHERE m.id = ${id}::uuid), ${id}::uuid)`;
}

export interface PersonModel {
  id: string;
  collectionId: string;
  displayName: string;
  externalId: string | null;
  metadata: Prisma.JsonValue;
  aliases: string[];
  bornOn: Date | null;
  diedOn: Date | null;
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
    aliases: person.aliases,
    bornOn: dayOf(person.bornOn),
    diedOn: dayOf(person.diedOn),
    createdAt: person.createdAt,
    updatedAt: person.updatedAt,
  };
}

/** A date of the database is a moment at midnight, UTC. */
export const dayOf = (date: Date | null): string | null => date && date.toISOString().slice(0, 10);
