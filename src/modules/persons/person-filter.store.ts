import { Prisma } from '../../database/sql';
import type { PersonFilter } from '../../records/person';

/** What a filter asks of a person `p` of one of the collections. */
export function personCondition(
  collectionIds: readonly string[],
  { externalId, externalIds, text, metadata }: PersonFilter,
): Prisma.Sql {
  const collections = Prisma.sql`${[...collectionIds]}::uuid[]`;
  const conditions = [Prisma.sql`true`];
  if (externalId !== undefined) {
    conditions.push(
      Prisma.sql`p.id IN (SELECT COALESCE(named.merged_into_id, named.id) FROM persons named
                           WHERE named.collection_id = ANY(${collections}) AND named.external_id = ${externalId})`,
    );
  }
  if (externalIds) {
    conditions.push(
      Prisma.sql`p.id IN (SELECT COALESCE(named.merged_into_id, named.id) FROM persons named
                           WHERE named.collection_id = ANY(${collections})
                             AND named.external_id = ANY(${[...externalIds]}::text[]))`,
    );
  }
  // Terms are cut after 16 letters: of a longer text the rest is looked at in those who are found by its beginning.
  if (text) {
    conditions.push(
      Prisma.sql`p.id IN (SELECT t.person_id FROM person_terms t
                           WHERE t.collection_id = ANY(${collections}) AND t.term >= left(fold_text(${text}), 16)
                             AND t.term < left(fold_text(${text}), 16) || chr(1114111))
                 AND (char_length(fold_text(${text})) <= 16
                      OR strpos(fold_text(p.display_name), fold_text(${text})) > 0
                      OR strpos(fold_text(p.external_id), fold_text(${text})) > 0
                      OR EXISTS (SELECT 1 FROM unnest(p.aliases) alias WHERE strpos(fold_text(alias), fold_text(${text})) > 0)
                      OR EXISTS (SELECT 1 FROM persons m
                                  WHERE m.merged_into_id = p.id
                                    AND (strpos(fold_text(m.display_name), fold_text(${text})) > 0
                                         OR strpos(fold_text(m.external_id), fold_text(${text})) > 0)))`,
    );
  }
  if (metadata) conditions.push(Prisma.sql`p.metadata @> ${JSON.stringify(metadata)}::jsonb`);
  return Prisma.join(conditions, ' AND ');
}
