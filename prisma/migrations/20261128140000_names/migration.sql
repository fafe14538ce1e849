-- Names are compared without case and accents: "zoe" is a part of "Zoë", "strasse" one of "Straße".
CREATE FUNCTION fold_text(value text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN replace(replace(replace(translate(
    lower(regexp_replace(normalize(value, NFKD), '[\u0300-\u036f]', '', 'g')),
    'øłđðħı', 'olddhi'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe');

-- JSON with all its texts and names composed: leaf by leaf, since in its text a mark would join the "n" of an escaped "\n".
-- Of two names that compose to one, the value of the composed one is kept. What is nested deeper than metadata may be is
-- left as it is.
CREATE FUNCTION compose_json(value jsonb, depth integer) RETURNS jsonb
  LANGUAGE plpgsql IMMUTABLE STRICT
AS $$
BEGIN
  IF jsonb_typeof(value) = 'string' THEN
    RETURN to_jsonb(normalize(value #>> '{}', NFC));
  ELSIF depth <= 32 AND jsonb_typeof(value) = 'array' THEN
    RETURN (SELECT COALESCE(jsonb_agg(compose_json(one, depth + 1) ORDER BY place), '[]')
              FROM jsonb_array_elements(value) WITH ORDINALITY AS element (one, place));
  ELSIF depth <= 32 AND jsonb_typeof(value) = 'object' THEN
    -- The last of a name stays.
    RETURN (SELECT COALESCE(jsonb_object_agg(normalize(name, NFC), compose_json(one, depth + 1)
                                             ORDER BY name IS NFC NORMALIZED, name), '{}')
              FROM jsonb_each(value) AS field (name, one));
  END IF;
  RETURN value;
END
$$;

-- What people type is kept composed (NFC) from now on, and what was kept before becomes so, where it fits: an external id
-- whose composed form another person of the collection has stays as it is.
-- The owner is behind the wall of FORCE, too, and sees no row while it stands. Nobody else meets the tables without it:
-- ALTER TABLE holds them to the commit.
ALTER TABLE persons NO FORCE ROW LEVEL SECURITY;
UPDATE persons SET display_name = normalize(display_name, NFC)
 WHERE display_name IS NOT NFC NORMALIZED AND char_length(normalize(display_name, NFC)) <= 255;
UPDATE persons p SET external_id = normalize(external_id, NFC)
 WHERE external_id IS NOT NFC NORMALIZED AND char_length(normalize(external_id, NFC)) <= 255
   AND NOT EXISTS (SELECT FROM persons other
                    WHERE other.collection_id = p.collection_id AND other.id <> p.id
                      AND other.external_id IS NOT NULL AND normalize(other.external_id, NFC) = normalize(p.external_id, NFC));
-- The text of JSON is composed only where all in it is.
UPDATE persons SET metadata = compose_json(metadata, 0) WHERE metadata::text IS NOT NFC NORMALIZED;
ALTER TABLE persons FORCE ROW LEVEL SECURITY;

-- Items that wait or may be retried name persons, too. One whose person kept another form still names that form.
ALTER TABLE job_items NO FORCE ROW LEVEL SECURITY;
ALTER TABLE jobs NO FORCE ROW LEVEL SECURITY;
ALTER TABLE persons NO FORCE ROW LEVEL SECURITY;
UPDATE job_items i
   SET person_external_id = normalize(person_external_id, NFC),
       person_create = compose_json(person_create, 0)
  FROM jobs j
 WHERE j.id = i.job_id AND (person_external_id IS NOT NULL OR person_create IS NOT NULL)
   AND (person_external_id IS NOT NFC NORMALIZED OR person_create::text IS NOT NFC NORMALIZED)
   AND char_length(normalize(COALESCE(person_external_id, person_create->>'externalId', ''), NFC)) <= 255
   AND char_length(normalize(COALESCE(person_create->>'displayName', ''), NFC)) <= 255
   AND NOT EXISTS (SELECT FROM persons p
                    WHERE p.collection_id = j.collection_id
                      AND p.external_id = COALESCE(i.person_external_id, i.person_create->>'externalId')
                      AND p.external_id IS NOT NFC NORMALIZED);
ALTER TABLE persons FORCE ROW LEVEL SECURITY;
ALTER TABLE jobs FORCE ROW LEVEL SECURITY;
ALTER TABLE job_items FORCE ROW LEVEL SECURITY;

DROP FUNCTION compose_json;
