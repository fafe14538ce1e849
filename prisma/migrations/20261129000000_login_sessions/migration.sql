-- Logins of people: a session acts for one key, and goes when that goes. A code is a login that has not begun: whoever brings
-- it gets a session, once.
CREATE TABLE login_sessions (
  id                uuid           NOT NULL,
  -- HMAC-SHA256(pepper, token): the token itself is in the browser alone.
  token_hash        bytea          NOT NULL,
  is_code           boolean        NOT NULL,
  -- Of a tenant's key; both null for the operator's.
  tenant_id         uuid,
  api_key_id        uuid,
  -- Of the operator's key, which is in no table: a login of another one is worth nothing.
  operator_key_hash bytea,
  created_at        timestamptz(3) NOT NULL,
  last_seen_at      timestamptz(3) NOT NULL,
  expires_at        timestamptz(3) NOT NULL,
  CONSTRAINT login_sessions_pkey PRIMARY KEY (id),
  CONSTRAINT login_sessions_api_key_fkey FOREIGN KEY (tenant_id, api_key_id) REFERENCES api_keys (tenant_id, id)
    ON UPDATE NO ACTION ON DELETE CASCADE,
  CONSTRAINT login_sessions_whole_key CHECK ((tenant_id IS NULL) = (api_key_id IS NULL)),
  CONSTRAINT login_sessions_one_key CHECK ((api_key_id IS NULL) <> (operator_key_hash IS NULL))
);
CREATE UNIQUE INDEX login_sessions_token_hash_key ON login_sessions (token_hash);
CREATE INDEX login_sessions_tenant_id_api_key_id_idx ON login_sessions (tenant_id, api_key_id);
CREATE INDEX login_sessions_expires_at_idx ON login_sessions (expires_at);

ALTER TABLE login_sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE login_sessions FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_wall ON login_sessions TO likeness_app
  USING (tenant_id = NULLIF(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK (tenant_id = NULLIF(current_setting('app.tenant', true), '')::uuid);
CREATE POLICY system_access ON login_sessions TO likeness_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, DELETE, UPDATE (last_seen_at) ON login_sessions TO likeness_system;
