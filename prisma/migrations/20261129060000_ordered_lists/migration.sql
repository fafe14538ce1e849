-- Lists that are ordered by how many faces a person has, and by how good and how large a face is.

-- INDEXED faces of each person. Whatever changes a face of somebody changes it in the same transaction, by the triggers below.
ALTER TABLE persons ADD COLUMN face_count integer NOT NULL DEFAULT 0;

-- A column, as sort_name is: an expression is not looked up in an index under row-level security. The formula is `qualityScore`
-- of src/domain/quality.ts; a test holds the two to each other. exp() raises an error where its result is too small.
CREATE FUNCTION face_quality(pose jsonb, brightness double precision, sharpness double precision, confidence double precision)
RETURNS double precision
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN 100 * exp(-LEAST(500, COALESCE(
    0.013 * power((pose->>'yaw')::double precision / 10, 2)
    + 0.038 * power(GREATEST(0, (pose->>'pitch')::double precision) / 10, 2)
    + 0.028 * power(GREATEST(0, -(pose->>'pitch')::double precision) / 10, 2)
    + 0.36 * power(GREATEST(0, 100 - confidence) / 10, 2)
    + 0.09 * GREATEST(0, 45 - brightness) / 10
    + 0.2 * GREATEST(0, 20 - sharpness) / 10, 500)));
ALTER TABLE faces
  ADD COLUMN quality double precision NOT NULL
    GENERATED ALWAYS AS (face_quality(pose, brightness, sharpness, confidence)) STORED;

-- What a statement changes of the numbers of faces. Whoever changes faces has locked their persons before; where these have become
-- others meanwhile, waiting for them could go in a circle: the transaction is told to begin again.
CREATE FUNCTION keep_face_counts() RETURNS trigger
  LANGUAGE plpgsql
AS $$
DECLARE
  changed_ids uuid[];
  gains       integer[];
BEGIN
  IF TG_OP = 'INSERT' THEN
    SELECT array_agg(c.person_id), array_agg(c.gain) INTO changed_ids, gains
      FROM (SELECT person_id, count(*)::integer AS gain FROM faces_after
             WHERE person_id IS NOT NULL AND state = 'INDEXED' GROUP BY person_id) c;
  ELSIF TG_OP = 'DELETE' THEN
    SELECT array_agg(c.person_id), array_agg(c.gain) INTO changed_ids, gains
      FROM (SELECT person_id, -count(*)::integer AS gain FROM faces_before
             WHERE person_id IS NOT NULL AND state = 'INDEXED' GROUP BY person_id) c;
  ELSE
    SELECT array_agg(c.person_id), array_agg(c.gain) INTO changed_ids, gains
      FROM (SELECT person_id, sum(gain)::integer AS gain
              FROM (SELECT person_id, 1 AS gain FROM faces_after WHERE person_id IS NOT NULL AND state = 'INDEXED'
                     UNION ALL
                    SELECT person_id, -1 FROM faces_before WHERE person_id IS NOT NULL AND state = 'INDEXED') both_sides
             GROUP BY person_id HAVING sum(gain) <> 0) c;
  END IF;
  IF changed_ids IS NOT NULL THEN
    BEGIN
      PERFORM 1 FROM persons WHERE id = ANY(changed_ids) ORDER BY id FOR NO KEY UPDATE NOWAIT;
    EXCEPTION WHEN lock_not_available THEN
      RAISE EXCEPTION 'whose faces these are has changed meanwhile' USING ERRCODE = 'serialization_failure';
    END;
    UPDATE persons p SET face_count = p.face_count + c.gain
      FROM unnest(changed_ids, gains) AS c(person_id, gain) WHERE p.id = c.person_id;
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER faces_inserted AFTER INSERT ON faces REFERENCING NEW TABLE AS faces_after
  FOR EACH STATEMENT EXECUTE FUNCTION keep_face_counts();
CREATE TRIGGER faces_updated AFTER UPDATE ON faces REFERENCING OLD TABLE AS faces_before NEW TABLE AS faces_after
  FOR EACH STATEMENT EXECUTE FUNCTION keep_face_counts();
CREATE TRIGGER faces_removed AFTER DELETE ON faces REFERENCING OLD TABLE AS faces_before
  FOR EACH STATEMENT EXECUTE FUNCTION keep_face_counts();

-- The owner is behind the wall of FORCE, too, and sees no row while it stands. Nobody else meets the tables without it:
-- ALTER TABLE holds them to the commit.
ALTER TABLE persons NO FORCE ROW LEVEL SECURITY;
ALTER TABLE faces NO FORCE ROW LEVEL SECURITY;
UPDATE persons p SET face_count = counted.faces
  FROM (SELECT person_id, count(*)::integer AS faces FROM faces
         WHERE person_id IS NOT NULL AND state = 'INDEXED' GROUP BY person_id) counted
 WHERE p.id = counted.person_id;
ALTER TABLE faces FORCE ROW LEVEL SECURITY;
ALTER TABLE persons FORCE ROW LEVEL SECURITY;

CREATE INDEX persons_face_count_idx ON persons (collection_id, face_count, id);
CREATE INDEX faces_quality_idx ON faces (collection_id, quality, id);
CREATE INDEX faces_size_idx ON faces (collection_id, size_px, id);
