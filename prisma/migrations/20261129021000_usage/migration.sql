-- What a tenant used on a day (UTC), by key: what it is billed for. A few rows a day, whatever is done.
CREATE TABLE usage_days (
  tenant_id       uuid   NOT NULL,
  day             date   NOT NULL,
  -- All zeros: no key is known. Of a key that may be gone by now.
  api_key_id      uuid   NOT NULL,
  searches        bigint NOT NULL DEFAULT 0,
  faces_analyzed  bigint NOT NULL DEFAULT 0,
  images_enrolled bigint NOT NULL DEFAULT 0,
  uploads         bigint NOT NULL DEFAULT 0,
  uploaded_bytes  bigint NOT NULL DEFAULT 0,
  stored_bytes    bigint NOT NULL DEFAULT 0,
  CONSTRAINT usage_days_pkey PRIMARY KEY (tenant_id, day, api_key_id),
  CONSTRAINT usage_days_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON UPDATE NO ACTION ON DELETE CASCADE
);

ALTER TABLE usage_days ENABLE ROW LEVEL SECURITY;
ALTER TABLE usage_days FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_wall ON usage_days TO likeness_app
  USING (tenant_id = NULLIF(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK (tenant_id = NULLIF(current_setting('app.tenant', true), '')::uuid);
CREATE POLICY system_access ON usage_days TO likeness_system USING (true) WITH CHECK (true);
-- It is the whole tenant's: a key that is bound to collections (`app.collections`) reads none of it.
CREATE POLICY collection_bounds ON usage_days AS RESTRICTIVE TO likeness_app
  USING (left(COALESCE(current_setting('app.collections', true), ''), 1) <> '{')
  WITH CHECK (left(COALESCE(current_setting('app.collections', true), ''), 1) <> '{');
GRANT SELECT, DELETE ON usage_days TO likeness_app;
GRANT SELECT, INSERT, UPDATE ON usage_days TO likeness_system;
