-- Collections that move to another pack, or have moved.

CREATE TABLE reembeddings (
  -- The job that does it. No foreign key: what is kept outlives a job that is pruned.
  job_id         uuid           NOT NULL,
  tenant_id      uuid           NOT NULL,
  collection_id  uuid           NOT NULL,
  source_pack_id text           NOT NULL,
  target_pack_id text           NOT NULL,
  -- RUNNING, SWITCHED, or STOPPED before the switch.
  state          text           NOT NULL DEFAULT 'RUNNING',
  -- Faces that cannot be embedded in the target may be left out of searches.
  leaves_out     boolean        NOT NULL,
  started_at     timestamptz(3) NOT NULL,
  ended_at       timestamptz(3),
  -- Until then the vectors are kept that searches do not use: those of the source once it has switched, else those of the target.
  kept_until     timestamptz(3),
  -- The pack of an index that is there beside the one that searches use.
  index_pack_id  text,
  CONSTRAINT reembeddings_pkey PRIMARY KEY (job_id),
  CONSTRAINT reembeddings_state CHECK (state IN ('RUNNING', 'SWITCHED', 'STOPPED')),
  CONSTRAINT reembeddings_packs CHECK (source_pack_id <> target_pack_id),
  CONSTRAINT reembeddings_end CHECK ((state = 'RUNNING') = (ended_at IS NULL) AND (state = 'RUNNING') = (kept_until IS NULL)),
  CONSTRAINT reembeddings_collection_fkey FOREIGN KEY (tenant_id, collection_id)
    REFERENCES collections (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT reembeddings_source_fkey FOREIGN KEY (source_pack_id) REFERENCES model_packs (id),
  CONSTRAINT reembeddings_target_fkey FOREIGN KEY (target_pack_id) REFERENCES model_packs (id)
);
CREATE INDEX reembeddings_collection_idx ON reembeddings (tenant_id, collection_id, started_at);
-- One at a time.
CREATE UNIQUE INDEX reembeddings_running_idx ON reembeddings (collection_id) WHERE state = 'RUNNING';

-- The tenant's wall and, inside it, that of keys that are bound to collections, as in `bound_keys`.
DO $$
DECLARE
  rule constant text := 'left(COALESCE(current_setting(''app.collections'', true), ''''), 1) <> ''{'''
    ' OR collection_id = ANY (NULLIF(current_setting(''app.collections'', true), '''')::uuid[])';
BEGIN
  ALTER TABLE reembeddings ENABLE ROW LEVEL SECURITY;
  ALTER TABLE reembeddings FORCE ROW LEVEL SECURITY;
  CREATE POLICY tenant_wall ON reembeddings TO likeness_app
    USING (tenant_id = NULLIF(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('app.tenant', true), '')::uuid);
  EXECUTE format('CREATE POLICY collection_bounds ON reembeddings AS RESTRICTIVE TO likeness_app USING (%s) WITH CHECK (%s)',
                 rule, rule);
END
$$;
GRANT SELECT, INSERT, UPDATE, DELETE ON reembeddings TO likeness_app;

-- Which packs have to be served, over all tenants.
CREATE POLICY system_access ON reembeddings FOR SELECT TO likeness_system USING (true);
GRANT SELECT (collection_id, source_pack_id, target_pack_id, state) ON reembeddings TO likeness_system;
