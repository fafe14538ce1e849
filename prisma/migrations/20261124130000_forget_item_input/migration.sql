-- An item that succeeded or was cancelled keeps nothing that was said of a person, nor the address of a picture.

-- The owner is behind the wall of FORCE, too, and sees no row while it stands. Nobody else meets the table without it:
-- ALTER TABLE holds it to the commit.
ALTER TABLE job_items NO FORCE ROW LEVEL SECURITY;
UPDATE job_items SET person_external_id = NULL, person_create = NULL, url = NULL
 WHERE state IN ('SUCCEEDED', 'CANCELLED')
   AND (person_external_id IS NOT NULL OR person_create IS NOT NULL OR url IS NOT NULL);
ALTER TABLE job_items FORCE ROW LEVEL SECURITY;

-- What a deleted person has to be taken out of, in a history of any length.
CREATE INDEX job_items_input_idx ON job_items (job_id)
  WHERE person_external_id IS NOT NULL OR person_create IS NOT NULL OR url IS NOT NULL;
