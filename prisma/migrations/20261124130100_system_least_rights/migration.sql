-- The system keeps the rights that it uses: key look-up, tenants, packs, the outbox relay, and finding what the sweeps and
-- the indexes have to see to, which is then done under the tenant's own wall.

-- Cascades run with the owner's rights, so a tenant takes its rows along without these.
REVOKE DELETE ON api_keys, tenant_counters FROM likeness_system;
REVOKE UPDATE ON tenant_counters, jobs FROM likeness_system;
REVOKE DELETE ON uploads FROM likeness_system;
REVOKE UPDATE (state) ON uploads FROM likeness_system;
REVOKE ALL ON persons, faces, face_embeddings, vector_ops, vector_index_states, events FROM likeness_system;
-- An item holds what was said of a person until it has succeeded.
REVOKE ALL ON job_items FROM likeness_system;
GRANT SELECT (upload_id, state) ON job_items TO likeness_system;

DO $$
DECLARE
  unread text;
BEGIN
  FOREACH unread IN ARRAY ARRAY['persons', 'images', 'faces', 'face_embeddings', 'vector_ops', 'vector_index_states',
    'events'] LOOP
    EXECUTE format('DROP POLICY system_access ON %I', unread);
  END LOOP;
END
$$;
