-- The same, under a name that says what it means: something is stored under the item's id that nobody keeps.
ALTER TABLE job_items RENAME COLUMN untidy TO has_leftover;
