-- Whose else the face of an item is like. Of an item from before it was not asked.
ALTER TABLE job_items
  ADD COLUMN known_person_id uuid,
  ADD COLUMN known_similarity double precision;
