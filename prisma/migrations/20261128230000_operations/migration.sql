-- A person that was merged into another keeps its row, which leads to the other one; one whose making was undone is trashed.
-- Both are out of sight, and their external ids stay theirs.
ALTER TABLE persons
  ADD COLUMN merged_into_id uuid,
  ADD COLUMN is_trashed     boolean NOT NULL DEFAULT false,
  ADD COLUMN aliases        text[]  NOT NULL DEFAULT '{}',
  ADD CONSTRAINT persons_merged_into_fkey FOREIGN KEY (tenant_id, collection_id, merged_into_id)
    REFERENCES persons (tenant_id, collection_id, id) ON DELETE CASCADE,
  ADD CONSTRAINT persons_merged_into_other CHECK (merged_into_id <> id);
-- All columns of the foreign keys: by tenant and collection alone, each deletion would look at all persons.
CREATE INDEX persons_merged_into_idx ON persons (tenant_id, collection_id, merged_into_id)
  WHERE merged_into_id IS NOT NULL;
CREATE INDEX persons_merged_into_id_idx ON persons (merged_into_id) WHERE merged_into_id IS NOT NULL;

-- Who said whose face it is (ENROLLED, HUMAN, SUGGESTION; null: nobody, or before this was kept), and what it was hidden as.
ALTER TABLE faces
  ADD COLUMN assigned_by text,
  ADD COLUMN hidden_as   text;

-- What was changed of who is who, so that it can be undone.
CREATE TABLE operations (
  id             uuid           NOT NULL,
  tenant_id      uuid           NOT NULL,
  collection_id  uuid           NOT NULL,
  kind           text           NOT NULL,
  -- The operation that this one has undone, and the one that has undone this one.
  reverts_id     uuid,
  reverted_by_id uuid,
  -- All that its changes name.
  person_ids     uuid[]         NOT NULL,
  face_count     integer        NOT NULL,
  request_id     text           NOT NULL,
  created_at     timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT operations_pkey PRIMARY KEY (id),
  CONSTRAINT operations_collection_fkey FOREIGN KEY (tenant_id, collection_id)
    REFERENCES collections (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX operations_collection_id_id_idx ON operations (collection_id, id);
CREATE INDEX operations_person_ids_idx ON operations USING gin (person_ids);
CREATE UNIQUE INDEX operations_tenant_id_id_idx ON operations (tenant_id, id);

-- One value that an operation changed: of a person, of a face, or whether a pair was rejected. Never a vector.
CREATE TABLE operation_changes (
  operation_id  uuid    NOT NULL,
  ordinal       integer NOT NULL,
  tenant_id     uuid    NOT NULL,
  collection_id uuid    NOT NULL,
  entity        text    NOT NULL,
  entity_id     uuid    NOT NULL,
  -- The second one of a pair.
  other_id      uuid,
  field         text    NOT NULL,
  before        jsonb   NOT NULL,
  after         jsonb   NOT NULL,
  -- Its person was deleted: the values are gone.
  is_forgotten  boolean NOT NULL DEFAULT false,
  CONSTRAINT operation_changes_pkey PRIMARY KEY (operation_id, ordinal),
  CONSTRAINT operation_changes_operation_fkey FOREIGN KEY (tenant_id, operation_id)
    REFERENCES operations (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX operation_changes_entity_idx ON operation_changes (collection_id, entity_id, operation_id);

-- "Not this person", and "two different people".
CREATE TABLE face_rejections (
  face_id       uuid NOT NULL,
  person_id     uuid NOT NULL,
  tenant_id     uuid NOT NULL,
  collection_id uuid NOT NULL,
  CONSTRAINT face_rejections_pkey PRIMARY KEY (face_id, person_id),
  CONSTRAINT face_rejections_face_fkey FOREIGN KEY (collection_id, face_id)
    REFERENCES faces (collection_id, id) ON DELETE CASCADE,
  CONSTRAINT face_rejections_person_fkey FOREIGN KEY (tenant_id, collection_id, person_id)
    REFERENCES persons (tenant_id, collection_id, id) ON DELETE CASCADE
);
CREATE INDEX face_rejections_person_idx ON face_rejections (tenant_id, collection_id, person_id);
CREATE TABLE person_rejections (
  person_id     uuid NOT NULL,
  other_id      uuid NOT NULL,
  tenant_id     uuid NOT NULL,
  collection_id uuid NOT NULL,
  CONSTRAINT person_rejections_pkey PRIMARY KEY (person_id, other_id),
  CONSTRAINT person_rejections_order CHECK (person_id < other_id),
  CONSTRAINT person_rejections_person_fkey FOREIGN KEY (tenant_id, collection_id, person_id)
    REFERENCES persons (tenant_id, collection_id, id) ON DELETE CASCADE,
  CONSTRAINT person_rejections_other_fkey FOREIGN KEY (tenant_id, collection_id, other_id)
    REFERENCES persons (tenant_id, collection_id, id) ON DELETE CASCADE
);
CREATE INDEX person_rejections_other_idx ON person_rejections (tenant_id, collection_id, other_id);

DO $$
DECLARE
  walled text;
BEGIN
  FOREACH walled IN ARRAY ARRAY['operations', 'operation_changes', 'face_rejections', 'person_rejections'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', walled);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', walled);
    EXECUTE format(
      'CREATE POLICY tenant_wall ON %I TO likeness_app'
      ' USING (tenant_id = NULLIF(current_setting(''app.tenant'', true), '''')::uuid)'
      ' WITH CHECK (tenant_id = NULLIF(current_setting(''app.tenant'', true), '''')::uuid)', walled);
  END LOOP;
END
$$;
GRANT SELECT, INSERT, UPDATE, DELETE ON operations, operation_changes, face_rejections, person_rejections TO likeness_app;
