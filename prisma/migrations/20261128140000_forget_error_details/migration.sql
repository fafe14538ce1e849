-- What a failed item tells of its picture, such as where the faces are that its person may be, goes with the person. Until now it
-- stayed: it is taken out of the items of those who are gone.

-- The owner is behind the wall of FORCE, too, and sees no row while it stands. Nobody else meets the tables without it:
-- ALTER TABLE holds it to the commit.
ALTER TABLE job_items NO FORCE ROW LEVEL SECURITY;
ALTER TABLE persons NO FORCE ROW LEVEL SECURITY;
UPDATE job_items i SET error_details = NULL
 WHERE error_details IS NOT NULL AND person_id IS NOT NULL AND person_create IS NULL
   AND NOT EXISTS (SELECT 1 FROM persons p WHERE p.id = i.person_id);
ALTER TABLE persons FORCE ROW LEVEL SECURITY;
ALTER TABLE job_items FORCE ROW LEVEL SECURITY;

DROP INDEX job_items_input_idx;
CREATE INDEX job_items_input_idx ON job_items (job_id)
  WHERE person_external_id IS NOT NULL OR person_create IS NOT NULL OR url IS NOT NULL OR error_details IS NOT NULL;
