-- Whose turn it is to hold the indexes against the vectors, and how far the round has come. One row, of the platform alone.
CREATE TABLE reconciling_rounds (
  id               integer        NOT NULL DEFAULT 1,
  owner            text,
  lease_until      timestamptz(3),
  -- The collection and the embedding that the round is at. Null: none is under way.
  at_collection    uuid,
  at_embedding     text,
  -- The last key that was looked at. Null: this embedding is done.
  at_key           bigint,
  next_round_at    timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  finished_at      timestamptz(3),
  CONSTRAINT reconciling_rounds_pkey PRIMARY KEY (id),
  CONSTRAINT reconciling_rounds_one CHECK (id = 1),
  CONSTRAINT reconciling_rounds_place CHECK ((at_collection IS NULL) = (at_embedding IS NULL))
);
INSERT INTO reconciling_rounds DEFAULT VALUES;
-- What was found since the first start, by embedding.
CREATE TABLE reconciled_vectors (
  embedding_digest text   NOT NULL,
  what             text   NOT NULL,
  total            bigint NOT NULL,
  CONSTRAINT reconciled_vectors_pkey PRIMARY KEY (embedding_digest, what)
);
GRANT SELECT, UPDATE ON reconciling_rounds TO likeness_system;
GRANT SELECT, INSERT, UPDATE ON reconciled_vectors TO likeness_system;
