-- The audit. A row is written in the transaction of what it tells, or before a search is answered; one sequencer numbers the rows of a
-- tenant and chains them. Salt and content can be erased: number, commitment and chain stay, and still prove the others.
CREATE TABLE audit_entries (
  tenant_id  uuid   NOT NULL,
  id         uuid   NOT NULL,
  -- SHA-256(salt || content)
  commitment bytea  NOT NULL,
  -- Null: erased, as a later row says.
  salt       bytea,
  -- JSON, as the text that was hashed.
  content    text,
  -- 1, 2, 3 ... of the tenant; null: not numbered yet.
  seq        bigint,
  -- SHA-256(chain of the row before || seq || commitment)
  chain      bytea,
  CONSTRAINT audit_entries_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT audit_entries_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
  CONSTRAINT audit_entries_commitment_length CHECK (octet_length(commitment) = 32),
  CONSTRAINT audit_entries_numbered CHECK ((seq IS NULL) = (chain IS NULL)),
  CONSTRAINT audit_entries_erased CHECK ((salt IS NULL) = (content IS NULL))
);
CREATE UNIQUE INDEX audit_entries_tenant_id_seq_key ON audit_entries (tenant_id, seq);
CREATE INDEX audit_entries_unnumbered_idx ON audit_entries (id) WHERE seq IS NULL;

-- The newest number of each tenant's audit, and its chain.
CREATE TABLE audit_heads (
  tenant_id uuid   NOT NULL,
  seq       bigint NOT NULL,
  chain     bytea  NOT NULL,
  CONSTRAINT audit_heads_pkey PRIMARY KEY (tenant_id),
  CONSTRAINT audit_heads_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

DO $$
DECLARE
  walled text;
BEGIN
  FOREACH walled IN ARRAY ARRAY['audit_entries', 'audit_heads'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', walled);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', walled);
    EXECUTE format(
      'CREATE POLICY tenant_wall ON %1$I TO likeness_app'
      ' USING (tenant_id = NULLIF(current_setting(''app.tenant'', true), '''')::uuid)'
      ' WITH CHECK (tenant_id = NULLIF(current_setting(''app.tenant'', true), '''')::uuid)', walled);
    EXECUTE format('CREATE POLICY system_access ON %I TO likeness_system USING (true) WITH CHECK (true)', walled);
  END LOOP;
END
$$;

-- Who serves a tenant adds rows and changes none.
GRANT SELECT, INSERT (tenant_id, id, commitment, salt, content) ON audit_entries TO likeness_app;
GRANT SELECT ON audit_heads TO likeness_app;
GRANT SELECT, DELETE, INSERT (tenant_id, id, commitment, salt, content), UPDATE (seq, chain, salt, content)
  ON audit_entries TO likeness_system;
GRANT SELECT, INSERT, UPDATE ON audit_heads TO likeness_system;
