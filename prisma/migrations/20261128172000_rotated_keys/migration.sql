-- The key that a key took the place of, always one of the same tenant. Keys rotated before have none.
CREATE UNIQUE INDEX api_keys_tenant_id_id_key ON api_keys (tenant_id, id);
DROP INDEX api_keys_tenant_id_id_idx;
ALTER TABLE api_keys
  ADD COLUMN predecessor_id uuid,
  ADD CONSTRAINT api_keys_predecessor_fkey FOREIGN KEY (tenant_id, predecessor_id) REFERENCES api_keys (tenant_id, id)
    ON UPDATE NO ACTION ON DELETE NO ACTION;
CREATE INDEX api_keys_tenant_id_predecessor_id_idx ON api_keys (tenant_id, predecessor_id);
