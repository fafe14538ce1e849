-- What persons are ordered by when it is by name. A column, since row-level security keeps an expression from being looked up in an
-- index: comparing is proven to leak nothing, fold_text is not. Short, so that it fits into an index whatever people are
-- called; C, so that it does not depend on what the server's operating system knows of languages.
ALTER TABLE persons
  ADD COLUMN sort_name text COLLATE "C" NOT NULL GENERATED ALWAYS AS (left(fold_text(display_name), 64)) STORED;
CREATE INDEX persons_sort_name_idx ON persons (collection_id, sort_name, id);
-- An enrolment gives out a person's id before it makes the person known: by time they are ordered by the time itself.
CREATE INDEX persons_created_at_idx ON persons (collection_id, created_at, id);
