-- What was erased and which keys were ended: ids and times, on their way into a file outside of the database, the erasure ledger.
-- No foreign key: it outlives what it tells of.
CREATE TABLE erasures (
  id         bigint         NOT NULL GENERATED ALWAYS AS IDENTITY,
  tenant_id  uuid           NOT NULL,
  -- PERSON, FACE, COLLECTION, TENANT or API_KEY.
  kind       text           NOT NULL,
  subject_id uuid           NOT NULL,
  -- Of a key: from when on it does not work.
  ends_at    timestamptz(3),
  at         timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT erasures_pkey PRIMARY KEY (id)
);
ALTER TABLE erasures ENABLE ROW LEVEL SECURITY;
ALTER TABLE erasures FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_wall ON erasures TO likeness_app
  USING (tenant_id = NULLIF(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK (tenant_id = NULLIF(current_setting('app.tenant', true), '')::uuid);
CREATE POLICY system_access ON erasures TO likeness_system USING (true) WITH CHECK (true);
-- What goes by a foreign key, goes as the owner.
CREATE POLICY owner_adds ON erasures FOR INSERT TO CURRENT_USER WITH CHECK (true);
GRANT INSERT (tenant_id, kind, subject_id, ends_at) ON erasures TO likeness_app;
GRANT SELECT, DELETE, INSERT (tenant_id, kind, subject_id, ends_at) ON erasures TO likeness_system;

-- How far the ledger goes that this database knows of. One row, of the platform alone.
CREATE TABLE erasure_ledger (
  id    integer NOT NULL DEFAULT 1,
  bytes bigint  NOT NULL DEFAULT 0,
  CONSTRAINT erasure_ledger_pkey PRIMARY KEY (id),
  CONSTRAINT erasure_ledger_one CHECK (id = 1 AND bytes >= 0)
);
INSERT INTO erasure_ledger DEFAULT VALUES;
GRANT SELECT, UPDATE ON erasure_ledger TO likeness_system;

-- Triggers, so that nobody who writes a deletion can forget it.
CREATE FUNCTION note_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'tenants' THEN
    INSERT INTO public.erasures (tenant_id, kind, subject_id) VALUES (NEW.id, 'TENANT', NEW.id);
  ELSIF TG_TABLE_NAME = 'api_keys' THEN
    INSERT INTO public.erasures (tenant_id, kind, subject_id, ends_at)
    VALUES (NEW.tenant_id, 'API_KEY', NEW.id, LEAST(NEW.revoked_at, NEW.expires_at));
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO public.erasures (tenant_id, kind, subject_id) VALUES (OLD.tenant_id, TG_ARGV[0], OLD.id);
  ELSE
    INSERT INTO public.erasures (tenant_id, kind, subject_id) VALUES (NEW.tenant_id, TG_ARGV[0], NEW.id);
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER note_erasure AFTER DELETE ON persons
  FOR EACH ROW EXECUTE FUNCTION note_erasure('PERSON');
CREATE TRIGGER note_erasure AFTER UPDATE ON faces
  FOR EACH ROW WHEN (NEW.state = 'DELETED' AND OLD.state <> 'DELETED') EXECUTE FUNCTION note_erasure('FACE');
CREATE TRIGGER note_erasure AFTER UPDATE ON collections
  FOR EACH ROW WHEN (NEW.state = 'DELETING' AND OLD.state <> 'DELETING') EXECUTE FUNCTION note_erasure('COLLECTION');
CREATE TRIGGER note_erasure AFTER UPDATE ON tenants
  FOR EACH ROW WHEN (NEW.status = 'DELETING' AND OLD.status <> 'DELETING') EXECUTE FUNCTION note_erasure('TENANT');
-- Revoked, or given an earlier end.
CREATE TRIGGER note_erasure AFTER UPDATE ON api_keys
  FOR EACH ROW WHEN (LEAST(NEW.revoked_at, NEW.expires_at) IS NOT NULL AND
                     LEAST(NEW.revoked_at, NEW.expires_at) IS DISTINCT FROM LEAST(OLD.revoked_at, OLD.expires_at))
  EXECUTE FUNCTION note_erasure('API_KEY');
