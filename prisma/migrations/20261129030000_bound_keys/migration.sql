-- Keys that are bound to collections. Empty: to none, they see the whole tenant.
ALTER TABLE api_keys ADD COLUMN collection_ids uuid[] NOT NULL DEFAULT '{}';

-- The bounds of the key that made it: another bound key sees it only where it sees all of these.
ALTER TABLE uploads ADD COLUMN collection_ids uuid[] NOT NULL DEFAULT '{}';

-- The wall inside a tenant. A transaction of a bound key has its collections in `app.collections`, as the text of an array; every
-- other one has it unset or empty, and sees what it saw before. RESTRICTIVE: it narrows what the tenant's own wall lets through.
--
-- `<>`, and not an equality: the planner takes it for nearly always true, so that its plans stay what they were.
DO $$
DECLARE
  everything constant text := 'left(COALESCE(current_setting(''app.collections'', true), ''''), 1) <> ''{''';
  bounds constant text := 'NULLIF(current_setting(''app.collections'', true), '''')';
  bounded text;
  rule text;
BEGIN
  FOREACH bounded IN ARRAY ARRAY['collections', 'persons', 'images', 'faces', 'face_embeddings', 'vector_ops',
    'vector_index_states', 'operations', 'operation_changes', 'face_rejections', 'person_rejections'] LOOP
    rule := format('%s OR %I = ANY (%s::uuid[])', everything,
                   CASE bounded WHEN 'collections' THEN 'id' ELSE 'collection_id' END, bounds);
    EXECUTE format('CREATE POLICY collection_bounds ON %I AS RESTRICTIVE TO likeness_app USING (%s) WITH CHECK (%s)',
                   bounded, rule, rule);
  END LOOP;

  -- A job that removes whole collections, or faces of several, names them in its parameters: it outlives them.
  rule := format('%1$s OR collection_id = ANY (%2$s::uuid[]) OR (collection_id IS NULL AND'
    ' COALESCE(parameters->''collectionIds'', jsonb_build_array(parameters->''collectionId'')) <@ to_jsonb(%2$s::text[]))',
    everything, bounds);
  EXECUTE format('CREATE POLICY collection_bounds ON jobs AS RESTRICTIVE TO likeness_app USING (%s) WITH CHECK (%s)',
                 rule, rule);
  rule := format('%s OR EXISTS (SELECT 1 FROM jobs j WHERE j.id = job_items.job_id)', everything);
  EXECUTE format('CREATE POLICY collection_bounds ON job_items AS RESTRICTIVE TO likeness_app USING (%s) WITH CHECK (%s)',
                 rule, rule);

  -- What happened to several collections at once names none: it is seen by who sees its job.
  rule := format('%s OR collection_id = ANY (%s::uuid[]) OR (collection_id IS NULL AND'
    ' EXISTS (SELECT 1 FROM jobs j WHERE j.id = events.job_id))', everything, bounds);
  EXECUTE format('CREATE POLICY collection_bounds ON events AS RESTRICTIVE FOR SELECT TO likeness_app USING (%s)', rule);

  -- What is itself bound, within the caller's bounds.
  FOREACH bounded IN ARRAY ARRAY['api_keys', 'uploads'] LOOP
    rule := format('%s OR (collection_ids <> ''{}'' AND collection_ids <@ %s::uuid[])', everything, bounds);
    EXECUTE format('CREATE POLICY collection_bounds ON %I AS RESTRICTIVE TO likeness_app USING (%s) WITH CHECK (%s)',
                   bounded, rule, rule);
  END LOOP;

  -- The audit is the whole tenant's: a bound key adds to it and reads none of it.
  FOREACH bounded IN ARRAY ARRAY['audit_entries', 'audit_heads'] LOOP
    EXECUTE format('CREATE POLICY collection_bounds ON %I AS RESTRICTIVE FOR SELECT TO likeness_app USING (%s)',
                   bounded, everything);
  END LOOP;
END
$$;
