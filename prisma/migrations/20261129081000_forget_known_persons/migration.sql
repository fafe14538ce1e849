-- Whom else the face of an item is like is forgotten with that person. What still names somebody who is gone is taken out.
CREATE INDEX job_items_known_person_idx ON job_items (known_person_id) WHERE known_person_id IS NOT NULL;

-- The owner is behind the wall of FORCE, too, and sees no row while it stands. Nobody else meets the tables without it:
-- ALTER TABLE holds it to the commit.
ALTER TABLE job_items NO FORCE ROW LEVEL SECURITY;
ALTER TABLE persons NO FORCE ROW LEVEL SECURITY;
UPDATE job_items i SET known_person_id = NULL, known_similarity = NULL
 WHERE known_person_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM persons p WHERE p.id = i.known_person_id);
ALTER TABLE persons FORCE ROW LEVEL SECURITY;
ALTER TABLE job_items FORCE ROW LEVEL SECURITY;
