-- The first tables, with what Prisma's schema language has no words for: the three roles, row-level security, checks,
-- and foreign keys that carry the tenant or the collection along, so that no row can point across a wall.

-- Roles belong to the server, not to this database: another database may have made them, perhaps at this very moment.
-- `roles.ts` gives them a login and a password.
DO $$
DECLARE
  wanted text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['likeness_app', 'likeness_system'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS', wanted);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;
      END;
    END IF;
  END LOOP;
END
$$;

CREATE TYPE "TenantStatus" AS ENUM ('ACTIVE', 'SUSPENDED', 'DELETING');
CREATE TYPE "CollectionState" AS ENUM ('ACTIVE', 'DELETING');
CREATE TYPE "FaceState" AS ENUM ('DETECTED', 'INDEXED', 'UNINDEXED', 'DELETED');
CREATE TYPE "VectorOpKind" AS ENUM ('UPSERT', 'DELETE');
CREATE TYPE "UploadState" AS ENUM ('PENDING', 'RECEIVED');
CREATE TYPE "JobKind" AS ENUM ('ENROLLMENT', 'DELETION');
CREATE TYPE "JobState" AS ENUM ('QUEUED', 'IN_PROGRESS', 'SUCCEEDED', 'FAILED', 'CANCELLED');
CREATE TYPE "JobItemState" AS ENUM ('PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED');

CREATE TABLE tenants (
  id         uuid           NOT NULL,
  name       text           NOT NULL,
  status     "TenantStatus" NOT NULL DEFAULT 'ACTIVE',
  limits     jsonb          NOT NULL DEFAULT '{}',
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT tenants_pkey PRIMARY KEY (id),
  CONSTRAINT tenants_name_length CHECK (char_length(name) BETWEEN 1 AND 255),
  CONSTRAINT tenants_limits_object CHECK (jsonb_typeof(limits) = 'object')
);

CREATE TABLE tenant_counters (
  tenant_id  uuid   NOT NULL,
  event_seq  bigint NOT NULL DEFAULT 0,
  pruned_seq bigint NOT NULL DEFAULT 0,
  CONSTRAINT tenant_counters_pkey PRIMARY KEY (tenant_id),
  CONSTRAINT tenant_counters_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
  CONSTRAINT tenant_counters_order CHECK (0 <= pruned_seq AND pruned_seq <= event_seq)
);

CREATE TABLE api_keys (
  id           uuid           NOT NULL,
  tenant_id    uuid           NOT NULL,
  key_id       text           NOT NULL,
  secret_hash  bytea          NOT NULL,
  name         text           NOT NULL,
  scopes       text[]         NOT NULL DEFAULT '{}',
  is_test      boolean        NOT NULL DEFAULT false,
  expires_at   timestamptz(3),
  last_used_at timestamptz(3),
  revoked_at   timestamptz(3),
  created_at   timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT api_keys_pkey PRIMARY KEY (id),
  CONSTRAINT api_keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
  CONSTRAINT api_keys_name_length CHECK (char_length(name) BETWEEN 1 AND 255),
  CONSTRAINT api_keys_secret_hash_length CHECK (octet_length(secret_hash) = 32)
);
CREATE UNIQUE INDEX api_keys_key_id_key ON api_keys (key_id);
CREATE INDEX api_keys_tenant_id_id_idx ON api_keys (tenant_id, id);

CREATE TABLE model_packs (
  id               text           NOT NULL,
  name             text           NOT NULL,
  version          text           NOT NULL,
  embedding_digest text           NOT NULL,
  dimension        integer        NOT NULL,
  metric           text           NOT NULL,
  licence          text           NOT NULL,
  commercial_use   boolean        NOT NULL,
  created_at       timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT model_packs_pkey PRIMARY KEY (id),
  CONSTRAINT model_packs_dimension_range CHECK (dimension BETWEEN 1 AND 32768)
);

CREATE TABLE collections (
  id                   uuid              NOT NULL,
  tenant_id            uuid              NOT NULL,
  name                 text              NOT NULL,
  description          text              NOT NULL DEFAULT '',
  model_pack_id        text              NOT NULL,
  similarity_threshold double precision,
  target_fpir          double precision  NOT NULL DEFAULT 0.01,
  quality_filter       text              NOT NULL DEFAULT 'AUTO',
  retention_days       integer,
  state                "CollectionState" NOT NULL DEFAULT 'ACTIVE',
  vector_seq           bigint            NOT NULL DEFAULT 0,
  face_count           integer           NOT NULL DEFAULT 0,
  person_count         integer           NOT NULL DEFAULT 0,
  created_at           timestamptz(3)    NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at           timestamptz(3)    NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT collections_pkey PRIMARY KEY (id),
  CONSTRAINT collections_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
  CONSTRAINT collections_model_pack_id_fkey FOREIGN KEY (model_pack_id) REFERENCES model_packs (id),
  CONSTRAINT collections_name_length CHECK (char_length(name) BETWEEN 1 AND 255),
  CONSTRAINT collections_similarity_threshold_range CHECK (similarity_threshold BETWEEN 0 AND 100),
  CONSTRAINT collections_target_fpir_range CHECK (target_fpir > 0 AND target_fpir <= 1),
  CONSTRAINT collections_retention_days_range CHECK (retention_days >= 1),
  CONSTRAINT collections_counters CHECK (vector_seq >= 0 AND face_count >= 0 AND person_count >= 0)
);
CREATE UNIQUE INDEX collections_tenant_id_name_key ON collections (tenant_id, name);
-- Unique, so that the rows of a collection can name its tenant in their foreign key.
CREATE UNIQUE INDEX collections_tenant_id_id_idx ON collections (tenant_id, id);

CREATE TABLE persons (
  id            uuid           NOT NULL,
  tenant_id     uuid           NOT NULL,
  collection_id uuid           NOT NULL,
  display_name  text           NOT NULL,
  external_id   text,
  metadata      jsonb          NOT NULL DEFAULT '{}',
  created_at    timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at    timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT persons_pkey PRIMARY KEY (id),
  CONSTRAINT persons_collection_fkey FOREIGN KEY (tenant_id, collection_id) REFERENCES collections (tenant_id, id)
    ON DELETE CASCADE,
  CONSTRAINT persons_display_name_length CHECK (char_length(display_name) BETWEEN 1 AND 255),
  CONSTRAINT persons_external_id_length CHECK (char_length(external_id) BETWEEN 1 AND 255),
  CONSTRAINT persons_metadata_object CHECK (jsonb_typeof(metadata) = 'object')
);
CREATE UNIQUE INDEX persons_collection_id_external_id_key ON persons (collection_id, external_id);
-- Unique, so that a face can only be given to a person of its own collection.
CREATE UNIQUE INDEX persons_tenant_id_collection_id_id_idx ON persons (tenant_id, collection_id, id);

CREATE TABLE images (
  id              uuid           NOT NULL,
  tenant_id       uuid           NOT NULL,
  collection_id   uuid           NOT NULL,
  subject_id      uuid           NOT NULL,
  received_sha256 bytea          NOT NULL,
  stored_sha256   bytea          NOT NULL,
  mime            text           NOT NULL,
  width           integer        NOT NULL,
  height          integer        NOT NULL,
  bytes           integer        NOT NULL,
  created_at      timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT images_pkey PRIMARY KEY (id),
  CONSTRAINT images_collection_fkey FOREIGN KEY (tenant_id, collection_id) REFERENCES collections (tenant_id, id)
    ON DELETE CASCADE,
  CONSTRAINT images_sha256_length CHECK (octet_length(received_sha256) = 32 AND octet_length(stored_sha256) = 32),
  CONSTRAINT images_size CHECK (width > 0 AND height > 0 AND bytes > 0)
);
CREATE UNIQUE INDEX images_collection_id_subject_id_received_sha256_key
  ON images (collection_id, subject_id, received_sha256);
-- Unique, so that a face can only belong to an image of its own collection; also how a collection is emptied in order.
CREATE UNIQUE INDEX images_collection_id_id_idx ON images (collection_id, id);

CREATE TABLE faces (
  id                uuid             NOT NULL,
  tenant_id         uuid             NOT NULL,
  collection_id     uuid             NOT NULL,
  image_id          uuid             NOT NULL,
  person_id         uuid,
  job_item_id       uuid             NOT NULL,
  ordinal           integer          NOT NULL,
  external_image_id text,
  vector_key        bigint           NOT NULL GENERATED ALWAYS AS IDENTITY,
  state             "FaceState"      NOT NULL,
  reasons           text[]           NOT NULL DEFAULT '{}',
  bounding_box      jsonb            NOT NULL,
  landmarks         jsonb            NOT NULL,
  pose              jsonb            NOT NULL,
  brightness        double precision NOT NULL,
  sharpness         double precision NOT NULL,
  confidence        double precision NOT NULL,
  size_px           integer          NOT NULL,
  created_at        timestamptz(3)   NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT faces_pkey PRIMARY KEY (id),
  CONSTRAINT faces_collection_fkey FOREIGN KEY (tenant_id, collection_id) REFERENCES collections (tenant_id, id)
    ON DELETE CASCADE,
  CONSTRAINT faces_image_fkey FOREIGN KEY (collection_id, image_id) REFERENCES images (collection_id, id)
    ON DELETE CASCADE,
  CONSTRAINT faces_person_fkey FOREIGN KEY (tenant_id, collection_id, person_id)
    REFERENCES persons (tenant_id, collection_id, id) ON DELETE SET NULL (person_id),
  CONSTRAINT faces_ordinal_range CHECK (ordinal >= 0),
  CONSTRAINT faces_size_px_range CHECK (size_px >= 0),
  -- A deleted face must not keep a person's name in reach.
  CONSTRAINT faces_deleted_unassigned CHECK (state <> 'DELETED' OR person_id IS NULL)
);
CREATE UNIQUE INDEX faces_vector_key_key ON faces (vector_key);
CREATE UNIQUE INDEX faces_job_item_id_ordinal_key ON faces (job_item_id, ordinal);
-- Unique, so that an embedding can only belong to a face of its own collection.
CREATE UNIQUE INDEX faces_collection_id_id_idx ON faces (collection_id, id);
CREATE INDEX faces_person_id_idx ON faces (person_id);
CREATE INDEX faces_image_id_idx ON faces (image_id);
-- Listing what nobody has named yet, and what a deletion still has to remove, in a collection of any size.
CREATE INDEX faces_unassigned_idx ON faces (collection_id, id) WHERE person_id IS NULL AND state = 'INDEXED';
CREATE INDEX faces_deleted_idx ON faces (collection_id, image_id) WHERE state = 'DELETED';

CREATE TABLE face_embeddings (
  face_id          uuid   NOT NULL,
  embedding_digest text   NOT NULL,
  tenant_id        uuid   NOT NULL,
  collection_id    uuid   NOT NULL,
  vector_key       bigint NOT NULL,
  vector           bytea  NOT NULL,
  CONSTRAINT face_embeddings_pkey PRIMARY KEY (face_id, embedding_digest),
  CONSTRAINT face_embeddings_collection_fkey FOREIGN KEY (tenant_id, collection_id)
    REFERENCES collections (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT face_embeddings_face_fkey FOREIGN KEY (collection_id, face_id) REFERENCES faces (collection_id, id)
    ON DELETE CASCADE,
  CONSTRAINT face_embeddings_vector_length CHECK (octet_length(vector) > 0 AND octet_length(vector) % 4 = 0)
);
-- Noise does not compress: trying costs time at every write.
ALTER TABLE face_embeddings ALTER COLUMN vector SET STORAGE EXTERNAL;
CREATE UNIQUE INDEX face_embeddings_vector_key_embedding_digest_key ON face_embeddings (vector_key, embedding_digest);
CREATE INDEX face_embeddings_collection_id_embedding_digest_vector_key_idx
  ON face_embeddings (collection_id, embedding_digest, vector_key);

CREATE TABLE vector_ops (
  collection_id uuid           NOT NULL,
  seq           bigint         NOT NULL,
  tenant_id     uuid           NOT NULL,
  kind          "VectorOpKind" NOT NULL,
  vector_key    bigint         NOT NULL,
  created_at    timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT vector_ops_pkey PRIMARY KEY (collection_id, seq),
  CONSTRAINT vector_ops_collection_fkey FOREIGN KEY (tenant_id, collection_id) REFERENCES collections (tenant_id, id)
    ON DELETE CASCADE,
  CONSTRAINT vector_ops_seq_range CHECK (seq >= 1)
);

CREATE TABLE vector_index_states (
  collection_id    uuid           NOT NULL,
  embedding_digest text           NOT NULL,
  tenant_id        uuid           NOT NULL,
  watermark        bigint         NOT NULL DEFAULT 0,
  lease_owner      text,
  lease_until      timestamptz(3),
  CONSTRAINT vector_index_states_pkey PRIMARY KEY (collection_id, embedding_digest),
  CONSTRAINT vector_index_states_collection_fkey FOREIGN KEY (tenant_id, collection_id)
    REFERENCES collections (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT vector_index_states_watermark_range CHECK (watermark >= 0)
);

CREATE TABLE uploads (
  id         uuid           NOT NULL,
  tenant_id  uuid           NOT NULL,
  state      "UploadState"  NOT NULL DEFAULT 'PENDING',
  bytes      integer        NOT NULL,
  mime       text           NOT NULL,
  sha256     bytea,
  expires_at timestamptz(3) NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT uploads_pkey PRIMARY KEY (id),
  CONSTRAINT uploads_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
  CONSTRAINT uploads_bytes_range CHECK (bytes > 0),
  CONSTRAINT uploads_sha256_length CHECK (octet_length(sha256) = 32)
);
CREATE INDEX uploads_expires_at_idx ON uploads (expires_at);
CREATE INDEX uploads_tenant_id_id_idx ON uploads (tenant_id, id);

CREATE TABLE jobs (
  id                   uuid           NOT NULL,
  tenant_id            uuid           NOT NULL,
  collection_id        uuid,
  kind                 "JobKind"      NOT NULL,
  state                "JobState"     NOT NULL DEFAULT 'QUEUED',
  client_request_token text,
  request_digest       bytea,
  request_id           text           NOT NULL,
  parameters           jsonb          NOT NULL DEFAULT '{}',
  total                integer        NOT NULL DEFAULT 0,
  done                 integer        NOT NULL DEFAULT 0,
  failed               integer        NOT NULL DEFAULT 0,
  error_code           text,
  error_message        text,
  cancel_requested_at  timestamptz(3),
  last_event_at        timestamptz(3),
  created_at           timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  started_at           timestamptz(3),
  finished_at          timestamptz(3),
  updated_at           timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT jobs_pkey PRIMARY KEY (id),
  CONSTRAINT jobs_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
  CONSTRAINT jobs_collection_fkey FOREIGN KEY (tenant_id, collection_id) REFERENCES collections (tenant_id, id)
    ON DELETE CASCADE,
  CONSTRAINT jobs_counters CHECK (total >= 0 AND done >= 0 AND failed >= 0)
);
CREATE UNIQUE INDEX jobs_tenant_id_client_request_token_key ON jobs (tenant_id, client_request_token);
-- Unique, so that an item can name its job's tenant in its foreign key.
CREATE UNIQUE INDEX jobs_tenant_id_id_idx ON jobs (tenant_id, id);
CREATE INDEX jobs_state_updated_at_idx ON jobs (state, updated_at);
CREATE INDEX jobs_collection_id_idx ON jobs (collection_id);

CREATE TABLE job_items (
  id                 uuid           NOT NULL,
  tenant_id          uuid           NOT NULL,
  job_id             uuid           NOT NULL,
  ordinal            integer        NOT NULL,
  state              "JobItemState" NOT NULL DEFAULT 'PENDING',
  upload_id          uuid,
  url                text,
  person_id          uuid,
  person_external_id text,
  person_create      jsonb,
  external_image_id  text,
  image_id           uuid,
  duplicate          boolean        NOT NULL DEFAULT false,
  error_code         text,
  error_message      text,
  updated_at         timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT job_items_pkey PRIMARY KEY (id),
  CONSTRAINT job_items_job_fkey FOREIGN KEY (tenant_id, job_id) REFERENCES jobs (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT job_items_ordinal_range CHECK (ordinal >= 0)
);
CREATE UNIQUE INDEX job_items_job_id_ordinal_key ON job_items (job_id, ordinal);
CREATE INDEX job_items_upload_id_idx ON job_items (upload_id);

-- No foreign key to the collection or the job: that they are gone is one of the things that happened.
CREATE TABLE events (
  tenant_id     uuid           NOT NULL,
  seq           bigint         NOT NULL,
  type          text           NOT NULL,
  job_id        uuid,
  collection_id uuid,
  payload       jsonb          NOT NULL,
  created_at    timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT events_pkey PRIMARY KEY (tenant_id, seq),
  CONSTRAINT events_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
  CONSTRAINT events_seq_range CHECK (seq >= 1)
);
CREATE INDEX events_tenant_id_job_id_seq_idx ON events (tenant_id, job_id, seq);
CREATE INDEX events_tenant_id_collection_id_seq_idx ON events (tenant_id, collection_id, seq);
-- Pruning by age.
CREATE INDEX events_created_at_idx ON events (created_at);
CREATE INDEX vector_ops_created_at_idx ON vector_ops (created_at);

CREATE TABLE outbox (
  id         uuid           NOT NULL,
  tenant_id  uuid           NOT NULL,
  job_name   text           NOT NULL,
  payload    jsonb          NOT NULL,
  priority   integer        NOT NULL DEFAULT 0,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT outbox_pkey PRIMARY KEY (id),
  CONSTRAINT outbox_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);
CREATE INDEX outbox_created_at_idx ON outbox (created_at);
CREATE INDEX outbox_tenant_id_idx ON outbox (tenant_id);

-- Row-level security. FORCE: the owner too, so that a connection made with the wrong URL shows nothing rather than all.
DO $$
DECLARE
  walled text;
  key text;
BEGIN
  FOREACH walled IN ARRAY ARRAY['tenants', 'tenant_counters', 'api_keys', 'collections', 'persons', 'images', 'faces',
    'face_embeddings', 'vector_ops', 'vector_index_states', 'uploads', 'jobs', 'job_items', 'events', 'outbox'] LOOP
    key := CASE walled WHEN 'tenants' THEN 'id' ELSE 'tenant_id' END;
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', walled);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', walled);
    EXECUTE format(
      'CREATE POLICY tenant_wall ON %1$I TO likeness_app'
      ' USING (%2$I = NULLIF(current_setting(''app.tenant'', true), '''')::uuid)'
      ' WITH CHECK (%2$I = NULLIF(current_setting(''app.tenant'', true), '''')::uuid)', walled, key);
    EXECUTE format('CREATE POLICY system_access ON %I TO likeness_system USING (true) WITH CHECK (true)', walled);
  END LOOP;
END
$$;

GRANT USAGE ON SCHEMA public TO likeness_app, likeness_system;

-- The app: everything inside its tenant, but neither the tenant itself nor the packs.
GRANT SELECT ON tenants, model_packs TO likeness_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON tenant_counters, api_keys, collections, persons, images, faces, face_embeddings,
  vector_ops, vector_index_states, uploads, jobs, job_items, events, outbox TO likeness_app;

-- The system: key look-up, tenants, packs, the outbox relay, sweeps, and reading what an index is rebuilt from.
GRANT SELECT, INSERT, UPDATE, DELETE ON tenants, api_keys, tenant_counters TO likeness_system;
GRANT SELECT, INSERT, UPDATE ON model_packs, vector_index_states TO likeness_system;
GRANT SELECT, DELETE ON outbox, uploads, vector_ops, events TO likeness_system;
GRANT SELECT, UPDATE ON jobs, job_items TO likeness_system;
-- FOR UPDATE SKIP LOCKED wants the right to update one column.
GRANT UPDATE (priority) ON outbox TO likeness_system;
GRANT UPDATE (state) ON uploads TO likeness_system;
GRANT SELECT ON collections, persons, faces, face_embeddings TO likeness_system;
