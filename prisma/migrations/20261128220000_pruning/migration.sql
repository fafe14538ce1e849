-- Vector ops up to this number are gone: an index that has not come so far is built from face_embeddings.
ALTER TABLE collections
  ADD COLUMN pruned_vector_seq bigint NOT NULL DEFAULT 0,
  ADD CONSTRAINT collections_pruned_vector_seq CHECK (0 <= pruned_vector_seq AND pruned_vector_seq <= vector_seq);

-- Finding what a collection's retention has run out for, and a tenant's jobs that ended long ago.
CREATE INDEX faces_created_at_idx ON faces (collection_id, created_at) WHERE state <> 'DELETED';
CREATE INDEX jobs_finished_at_idx ON jobs (tenant_id, finished_at) WHERE finished_at IS NOT NULL;

-- Whose turn it is to prune, and how far the round has come. One row, of the platform alone.
CREATE TABLE pruning_rounds (
  id            integer        NOT NULL DEFAULT 1,
  owner         text,
  lease_until   timestamptz(3),
  -- The last tenant that this round has seen to. Null: none is under way.
  after_tenant  uuid,
  next_round_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  finished_at   timestamptz(3),
  CONSTRAINT pruning_rounds_pkey PRIMARY KEY (id),
  CONSTRAINT pruning_rounds_one CHECK (id = 1)
);
INSERT INTO pruning_rounds DEFAULT VALUES;
-- Rows that were removed since the first start, by what they were.
CREATE TABLE pruned_rows (
  what  text   NOT NULL,
  total bigint NOT NULL,
  CONSTRAINT pruned_rows_pkey PRIMARY KEY (what)
);
GRANT SELECT, UPDATE ON pruning_rounds TO likeness_system;
GRANT SELECT, INSERT, UPDATE ON pruned_rows TO likeness_system;
