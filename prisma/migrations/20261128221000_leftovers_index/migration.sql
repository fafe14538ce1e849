-- Which ended jobs may not be pruned yet: hardly any row.
CREATE INDEX job_items_leftover_idx ON job_items (job_id) WHERE has_leftover;
