-- What persons are found by when it is by a part of a name or of an external id: each of their texts from each letter on, folded and
-- cut, so that a part of a text is how some row begins. Rows, and not trigrams in an index over arrays: row-level security keeps an
-- operator from being looked up in an index that is not proven to leak nothing, and of texts only comparing is.
CREATE TABLE person_terms (
  tenant_id     uuid NOT NULL,
  collection_id uuid NOT NULL,
  person_id     uuid NOT NULL,
  term          text COLLATE "C" NOT NULL
);

CREATE FUNCTION search_terms(texts text[]) RETURNS TABLE (term text)
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
  SELECT DISTINCT substr(folded, place, 16)
    FROM (SELECT fold_text(one) AS folded FROM unnest(texts) AS one WHERE one IS NOT NULL) AS kept,
         generate_series(1, greatest(1, char_length(folded))) AS place
$$;

-- Of persons who were merged into another, the one who stays is found.
CREATE FUNCTION terms_of_persons(ids uuid[]) RETURNS SETOF person_terms
  LANGUAGE sql STABLE
AS $$
  SELECT p.tenant_id, p.collection_id, p.id, found.term
    FROM persons p
   CROSS JOIN LATERAL search_terms(
     ARRAY[p.display_name, p.external_id] || p.aliases ||
     ARRAY(SELECT unnest(ARRAY[m.display_name, m.external_id]) FROM persons m WHERE m.merged_into_id = p.id)) AS found
   WHERE p.id = ANY(ids) AND p.merged_into_id IS NULL
$$;

-- The owner is behind the wall of FORCE, too, and sees no row while it stands.
ALTER TABLE persons NO FORCE ROW LEVEL SECURITY;
INSERT INTO person_terms SELECT * FROM terms_of_persons(ARRAY(SELECT id FROM persons));
ALTER TABLE persons FORCE ROW LEVEL SECURITY;

ALTER TABLE person_terms
  ADD CONSTRAINT person_terms_pkey PRIMARY KEY (collection_id, term, person_id),
  ADD CONSTRAINT person_terms_person_fkey FOREIGN KEY (tenant_id, collection_id, person_id)
    REFERENCES persons (tenant_id, collection_id, id) ON DELETE CASCADE;
CREATE INDEX person_terms_person_idx ON person_terms (tenant_id, collection_id, person_id);

ALTER TABLE person_terms ENABLE ROW LEVEL SECURITY;
ALTER TABLE person_terms FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_wall ON person_terms TO likeness_app
  USING (tenant_id = NULLIF(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK (tenant_id = NULLIF(current_setting('app.tenant', true), '')::uuid);
-- A key that is bound to collections sees those of theirs.
CREATE POLICY collection_bounds ON person_terms AS RESTRICTIVE TO likeness_app
  USING (left(COALESCE(current_setting('app.collections', true), ''), 1) <> '{'
    OR collection_id = ANY (NULLIF(current_setting('app.collections', true), '')::uuid[]))
  WITH CHECK (left(COALESCE(current_setting('app.collections', true), ''), 1) <> '{'
    OR collection_id = ANY (NULLIF(current_setting('app.collections', true), '')::uuid[]));
GRANT SELECT, INSERT, DELETE ON person_terms TO likeness_app;

-- They follow the persons whoever writes these, with the rights of who does. A migration that changes names as the owner lifts the
-- wall of both tables meanwhile.
CREATE FUNCTION keep_person_terms() RETURNS trigger
  LANGUAGE plpgsql
AS $$
DECLARE
  changed uuid[];
BEGIN
  IF TG_OP = 'INSERT' THEN
    changed := ARRAY[NEW.id];
  ELSIF TG_OP = 'DELETE' THEN
    changed := ARRAY[OLD.merged_into_id];
  ELSE
    changed := ARRAY[NEW.id, NEW.merged_into_id, OLD.merged_into_id];
  END IF;
  IF TG_OP <> 'INSERT' THEN
    DELETE FROM person_terms WHERE person_id = ANY(changed) AND collection_id = OLD.collection_id AND tenant_id = OLD.tenant_id;
  END IF;
  INSERT INTO person_terms SELECT * FROM terms_of_persons(changed);
  RETURN NULL;
END
$$;
CREATE TRIGGER person_terms_of_new AFTER INSERT ON persons
  FOR EACH ROW EXECUTE FUNCTION keep_person_terms();
CREATE TRIGGER person_terms_of_changed AFTER UPDATE OF display_name, external_id, aliases, merged_into_id ON persons
  FOR EACH ROW WHEN ((OLD.display_name, OLD.external_id, OLD.aliases, OLD.merged_into_id)
    IS DISTINCT FROM (NEW.display_name, NEW.external_id, NEW.aliases, NEW.merged_into_id))
  EXECUTE FUNCTION keep_person_terms();
CREATE TRIGGER person_terms_of_merged AFTER DELETE ON persons
  FOR EACH ROW WHEN (OLD.merged_into_id IS NOT NULL) EXECUTE FUNCTION keep_person_terms();
