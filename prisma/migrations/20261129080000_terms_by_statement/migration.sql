-- What persons are found by is kept once a statement, not once a row: merging a hundred persons, or removing a collection of merged
-- ones, had made the rows of the one who stays a hundred times. And it is bounded, however long people's texts are.

-- Of each text every letter of the first 64 begins a term, and then every word; 500 terms a person, whole texts before words before
-- parts of words, and earlier texts before later ones.
CREATE OR REPLACE FUNCTION search_terms(texts text[]) RETURNS TABLE (term text)
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
  SELECT parts.part
    FROM (SELECT left(fold_text(one), 512) AS folded, min(place) AS text_place
            FROM unnest(texts) WITH ORDINALITY AS given (one, place)
           WHERE one IS NOT NULL GROUP BY 1 ORDER BY 2 LIMIT 500) AS kept
   CROSS JOIN LATERAL
         (SELECT substr(folded, place, 16) AS part, place,
                 CASE WHEN place = 1 THEN 0 WHEN strpos(' -_.,/', substr(folded, place - 1, 1)) > 0 THEN 1 ELSE 2 END AS kind
            FROM generate_series(1, greatest(1, char_length(folded))) AS place) AS parts
   WHERE parts.place <= 64 OR parts.kind = 1
   GROUP BY parts.part
   ORDER BY min(parts.kind), min(text_place), min(parts.place)
   LIMIT 500
$$;

-- Their own texts come first: of persons who took in many others these are found by every part.
CREATE OR REPLACE FUNCTION terms_of_persons(ids uuid[]) RETURNS SETOF person_terms
  LANGUAGE sql STABLE
AS $$
  SELECT p.tenant_id, p.collection_id, p.id, found.term
    FROM persons p
   CROSS JOIN LATERAL search_terms(
     ARRAY[p.display_name, p.external_id] || p.aliases ||
     ARRAY(SELECT unnest(ARRAY[m.display_name, m.external_id]) FROM persons m WHERE m.merged_into_id = p.id ORDER BY m.id)) AS found
   WHERE p.id = ANY(ids) AND p.merged_into_id IS NULL
$$;

DROP TRIGGER person_terms_of_new ON persons;
DROP TRIGGER person_terms_of_changed ON persons;
DROP TRIGGER person_terms_of_merged ON persons;

-- Whose terms a statement changes: those whose texts it changes, and who they were or are merged into. Of a collection that is being
-- deleted nobody is found any more. The two sides are told apart by EXCEPT, which stays linear whatever plan is kept for it.
CREATE OR REPLACE FUNCTION keep_person_terms() RETURNS trigger
  LANGUAGE plpgsql
AS $$
DECLARE
  changed_ids    uuid[];
  collection_ids uuid[];
  tenant_ids     uuid[];
  changed_id     uuid;
BEGIN
  IF TG_OP = 'INSERT' THEN
    SELECT array_agg(a.id), array_agg(DISTINCT a.collection_id), array_agg(DISTINCT a.tenant_id)
      INTO changed_ids, collection_ids, tenant_ids
      FROM persons_after a
     WHERE NOT EXISTS (SELECT 1 FROM collections c WHERE c.id = a.collection_id AND c.state = 'DELETING');
  ELSIF TG_OP = 'DELETE' THEN
    SELECT array_agg(DISTINCT b.merged_into_id), array_agg(DISTINCT b.collection_id), array_agg(DISTINCT b.tenant_id)
      INTO changed_ids, collection_ids, tenant_ids
      FROM persons_before b
     WHERE b.merged_into_id IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM collections c WHERE c.id = b.collection_id AND c.state = 'DELETING');
  ELSE
    SELECT array_agg(DISTINCT one.id), array_agg(DISTINCT d.collection_id), array_agg(DISTINCT d.tenant_id)
      INTO changed_ids, collection_ids, tenant_ids
      FROM ((SELECT tenant_id, collection_id, id, display_name, external_id, aliases, merged_into_id FROM persons_after
              EXCEPT
             SELECT tenant_id, collection_id, id, display_name, external_id, aliases, merged_into_id FROM persons_before)
             UNION ALL
            (SELECT tenant_id, collection_id, id, display_name, external_id, aliases, merged_into_id FROM persons_before
              EXCEPT
             SELECT tenant_id, collection_id, id, display_name, external_id, aliases, merged_into_id FROM persons_after)) d
     CROSS JOIN LATERAL unnest(ARRAY[d.id, d.merged_into_id]) AS one (id)
     WHERE one.id IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM collections c WHERE c.id = d.collection_id AND c.state = 'DELETING');
  END IF;
  IF changed_ids IS NULL THEN
    RETURN NULL;
  END IF;
  -- Two who make the terms of one person would each miss what the other has done. Waiting could go in a circle.
  IF TG_OP <> 'INSERT' THEN
    BEGIN
      FOREACH changed_id IN ARRAY changed_ids LOOP
        PERFORM 1 FROM persons WHERE id = changed_id FOR NO KEY UPDATE NOWAIT;
      END LOOP;
    EXCEPTION WHEN lock_not_available THEN
      RAISE EXCEPTION 'somebody else is changing these persons' USING ERRCODE = 'serialization_failure';
    END;
  END IF;
  -- One by one: a plan that is kept from few persons compares each of many with all the others.
  FOREACH changed_id IN ARRAY changed_ids LOOP
    DELETE FROM person_terms
     WHERE tenant_id = ANY(tenant_ids) AND collection_id = ANY(collection_ids) AND person_id = changed_id;
    INSERT INTO person_terms SELECT * FROM terms_of_persons(ARRAY[changed_id]);
  END LOOP;
  RETURN NULL;
END
$$;
CREATE TRIGGER person_terms_of_new AFTER INSERT ON persons REFERENCING NEW TABLE AS persons_after
  FOR EACH STATEMENT EXECUTE FUNCTION keep_person_terms();
CREATE TRIGGER person_terms_of_changed AFTER UPDATE ON persons
  REFERENCING OLD TABLE AS persons_before NEW TABLE AS persons_after
  FOR EACH STATEMENT EXECUTE FUNCTION keep_person_terms();
CREATE TRIGGER person_terms_of_merged AFTER DELETE ON persons REFERENCING OLD TABLE AS persons_before
  FOR EACH STATEMENT EXECUTE FUNCTION keep_person_terms();

-- Those who have more terms than one may have get them anew; what others have is right as it is. The owner is behind the wall of
-- FORCE, too, and sees no row while it stands.
ALTER TABLE persons NO FORCE ROW LEVEL SECURITY;
ALTER TABLE person_terms NO FORCE ROW LEVEL SECURITY;
CREATE TEMPORARY TABLE long_persons ON COMMIT DROP AS
  SELECT person_id FROM person_terms GROUP BY person_id HAVING count(*) > 500;
DELETE FROM person_terms WHERE person_id IN (SELECT person_id FROM long_persons);
INSERT INTO person_terms
  SELECT found.* FROM long_persons l CROSS JOIN LATERAL terms_of_persons(ARRAY[l.person_id]) AS found;
ALTER TABLE person_terms FORCE ROW LEVEL SECURITY;
ALTER TABLE persons FORCE ROW LEVEL SECURITY;
