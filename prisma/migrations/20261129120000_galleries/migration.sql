-- Collections that a tenant publishes, and who may look people up in them.

-- Who has been granted a gallery reads by a role of its own. `likeness_app` takes it on for single transactions (`SET LOCAL ROLE`), and
-- has none of its rights or rows otherwise: NOINHERIT. Roles belong to the server: another database may be doing the same at this moment.
DO $$
BEGIN
  FOR attempt IN 1..20 LOOP
    BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'likeness_gallery') THEN
        CREATE ROLE likeness_gallery NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
      END IF;
      IF (SELECT rolinherit FROM pg_roles WHERE rolname = 'likeness_app') THEN
        ALTER ROLE likeness_app NOINHERIT;
      END IF;
      IF NOT EXISTS (SELECT FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid JOIN pg_roles a ON a.oid = m.member
                      WHERE r.rolname = 'likeness_gallery' AND a.rolname = 'likeness_app') THEN
        GRANT likeness_gallery TO likeness_app;
      END IF;
      EXIT;
    EXCEPTION WHEN duplicate_object OR unique_violation OR internal_error THEN
      -- "tuple concurrently updated" is an internal error.
      IF attempt = 20 THEN
        RAISE;
      END IF;
      PERFORM pg_sleep(0.05);
    END;
  END LOOP;
END
$$;

-- What a gallery tells of a person beside their name. Kept by a trigger from the metadata, of which the role sees nothing.
ALTER TABLE persons
  ADD COLUMN urls      text[] NOT NULL DEFAULT '{}',
  ADD COLUMN known_for text;

-- `urls`: a list of web addresses, or one text of them with spaces between; `knownFor`: a text. What is anything else tells nothing.
CREATE FUNCTION urls_of(metadata jsonb) RETURNS text[]
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
  SELECT COALESCE(array_agg(kept.url ORDER BY kept.place), '{}')
    FROM (SELECT given.url, given.place
            FROM unnest(CASE jsonb_typeof(metadata -> 'urls')
                          WHEN 'string' THEN regexp_split_to_array(btrim(metadata ->> 'urls'), '\s+')
                          WHEN 'array' THEN ARRAY(
                            SELECT one.value #>> '{}'
                              FROM jsonb_array_elements(metadata -> 'urls') WITH ORDINALITY AS one (value, place)
                             WHERE jsonb_typeof(one.value) = 'string' ORDER BY one.place)
                        END) WITH ORDINALITY AS given (url, place)
           WHERE given.url ~ '^https?://[^[:space:][:cntrl:]]+$' AND char_length(given.url) <= 2048
           ORDER BY given.place LIMIT 10) AS kept
$$;
CREATE FUNCTION known_for_of(metadata jsonb) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
  SELECT CASE jsonb_typeof(metadata -> 'knownFor') WHEN 'string' THEN NULLIF(left(btrim(metadata ->> 'knownFor'), 1000), '') END
$$;
CREATE FUNCTION keep_published_facts() RETURNS trigger
  LANGUAGE plpgsql
AS $$
BEGIN
  NEW.urls := urls_of(NEW.metadata);
  NEW.known_for := known_for_of(NEW.metadata);
  RETURN NEW;
END
$$;
CREATE TRIGGER persons_published_facts BEFORE INSERT OR UPDATE OF metadata ON persons
  FOR EACH ROW EXECUTE FUNCTION keep_published_facts();

CREATE TABLE galleries (
  id               uuid           NOT NULL,
  tenant_id        uuid           NOT NULL,
  collection_id    uuid           NOT NULL,
  name             text           NOT NULL,
  description      text           NOT NULL DEFAULT '',
  -- Similarity (0-100) below which nobody is told that it is them, whatever a search asks for.
  similarity_floor integer        NOT NULL,
  shows_covers     boolean        NOT NULL,
  created_at       timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at       timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT galleries_pkey PRIMARY KEY (id),
  CONSTRAINT galleries_floor CHECK (similarity_floor BETWEEN 0 AND 100),
  CONSTRAINT galleries_collection_fkey FOREIGN KEY (tenant_id, collection_id)
    REFERENCES collections (tenant_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX galleries_tenant_id_collection_id_key ON galleries (tenant_id, collection_id);
CREATE UNIQUE INDEX galleries_tenant_id_collection_id_id_idx ON galleries (tenant_id, collection_id, id);

CREATE TABLE gallery_grants (
  -- What the one who was granted it knows the gallery by.
  id                uuid           NOT NULL,
  gallery_id        uuid           NOT NULL,
  tenant_id         uuid           NOT NULL,
  collection_id     uuid           NOT NULL,
  grantee_tenant_id uuid           NOT NULL,
  -- The owner's own note.
  label             text           NOT NULL DEFAULT '',
  -- Seals the ids of persons in what this grantee is told.
  id_secret         bytea          NOT NULL,
  created_at        timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  ended_at          timestamptz(3),
  -- OWNER, GRANTEE or SUSPENSION.
  ended_by          text,
  CONSTRAINT gallery_grants_pkey PRIMARY KEY (id),
  CONSTRAINT gallery_grants_other CHECK (grantee_tenant_id <> tenant_id),
  CONSTRAINT gallery_grants_end CHECK ((ended_at IS NULL) = (ended_by IS NULL)),
  CONSTRAINT gallery_grants_gallery_fkey FOREIGN KEY (tenant_id, collection_id, gallery_id)
    REFERENCES galleries (tenant_id, collection_id, id) ON DELETE CASCADE,
  CONSTRAINT gallery_grants_grantee_fkey FOREIGN KEY (grantee_tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);
CREATE INDEX gallery_grants_gallery_idx ON gallery_grants (tenant_id, collection_id, gallery_id);
CREATE INDEX gallery_grants_grantee_tenant_id_idx ON gallery_grants (grantee_tenant_id);
CREATE UNIQUE INDEX gallery_grants_open_idx ON gallery_grants (gallery_id, grantee_tenant_id) WHERE ended_at IS NULL;

-- The owner's wall and, inside it, that of keys that are bound to collections, as in `bound_keys`.
DO $$
DECLARE
  everything constant text := 'left(COALESCE(current_setting(''app.collections'', true), ''''), 1) <> ''{''';
  bounds constant text := 'NULLIF(current_setting(''app.collections'', true), '''')';
  walled text;
  rule text;
BEGIN
  FOREACH walled IN ARRAY ARRAY['galleries', 'gallery_grants'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', walled);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', walled);
    EXECUTE format(
      'CREATE POLICY tenant_wall ON %I TO likeness_app'
      ' USING (tenant_id = NULLIF(current_setting(''app.tenant'', true), '''')::uuid)'
      ' WITH CHECK (tenant_id = NULLIF(current_setting(''app.tenant'', true), '''')::uuid)', walled);
    rule := format('%s OR collection_id = ANY (%s::uuid[])', everything, bounds);
    EXECUTE format('CREATE POLICY collection_bounds ON %I AS RESTRICTIVE TO likeness_app USING (%s) WITH CHECK (%s)',
                   walled, rule, rule);
  END LOOP;
END
$$;
GRANT SELECT, INSERT, UPDATE, DELETE ON galleries TO likeness_app;
-- Never the secret: it is written, and read by the other role alone.
GRANT SELECT (id, gallery_id, tenant_id, collection_id, grantee_tenant_id, label, created_at, ended_at, ended_by),
      INSERT, UPDATE (ended_at, ended_by) ON gallery_grants TO likeness_app;

-- Suspending a tenant ends what it was granted and what it grants.
CREATE POLICY system_access ON gallery_grants TO likeness_system USING (true) WITH CHECK (true);
GRANT SELECT (id, tenant_id, grantee_tenant_id, ended_at), UPDATE (ended_at, ended_by) ON gallery_grants TO likeness_system;

-- The other side. `app.tenant` is who was granted a gallery, and `app.grant` the grant that is used.
GRANT USAGE ON SCHEMA public TO likeness_gallery;
GRANT SELECT ON model_packs TO likeness_gallery;
GRANT SELECT (id, status) ON tenants TO likeness_gallery;
GRANT SELECT (id, name, description, similarity_floor, shows_covers) ON galleries TO likeness_gallery;
GRANT SELECT (id, gallery_id, tenant_id, collection_id, grantee_tenant_id, id_secret, created_at, ended_at),
      UPDATE (ended_at, ended_by) ON gallery_grants TO likeness_gallery;
GRANT SELECT (id, state, model_pack_id, retention_days) ON collections TO likeness_gallery;
GRANT SELECT (id, collection_id, display_name, urls, known_for, merged_into_id, is_trashed) ON persons TO likeness_gallery;
GRANT SELECT (id, collection_id, image_id, person_id, vector_key, state, hidden_as, created_at, bounding_box, size_px)
   ON faces TO likeness_gallery;
GRANT SELECT (collection_id, embedding_digest, vector_key, vector) ON face_embeddings TO likeness_gallery;
GRANT SELECT (id, collection_id, created_at) ON images TO likeness_gallery;

CREATE POLICY grantee ON gallery_grants TO likeness_gallery
  USING (grantee_tenant_id = NULLIF(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK (grantee_tenant_id = NULLIF(current_setting('app.tenant', true), '')::uuid AND ended_by = 'GRANTEE');
CREATE POLICY grantee ON galleries FOR SELECT TO likeness_gallery
  USING (id IN (SELECT g.gallery_id FROM gallery_grants g WHERE g.ended_at IS NULL));
CREATE POLICY grantee ON collections FOR SELECT TO likeness_gallery
  USING (id IN (SELECT g.collection_id FROM gallery_grants g WHERE g.ended_at IS NULL));
CREATE POLICY grantee ON tenants FOR SELECT TO likeness_gallery
  USING (id = NULLIF(current_setting('app.tenant', true), '')::uuid
         OR id IN (SELECT g.tenant_id FROM gallery_grants g WHERE g.ended_at IS NULL));

-- The grants of `app.tenant` that hold: neither side has ended them, and both are active.
CREATE FUNCTION open_grants() RETURNS TABLE (id uuid, collection_id uuid)
  LANGUAGE sql STABLE
AS $$
  SELECT g.id, g.collection_id
    FROM gallery_grants g
    JOIN galleries y ON y.id = g.gallery_id
    JOIN collections c ON c.id = g.collection_id AND c.state = 'ACTIVE'
    JOIN tenants o ON o.id = g.tenant_id AND o.status = 'ACTIVE'
    JOIN tenants t ON t.id = g.grantee_tenant_id AND t.status = 'ACTIVE'
   WHERE g.ended_at IS NULL AND g.grantee_tenant_id = NULLIF(current_setting('app.tenant', true), '')::uuid
$$;
-- The collection of the grant that is used; null when it does not hold.
CREATE FUNCTION granted_collection() RETURNS uuid
  LANGUAGE sql STABLE
AS $$
  SELECT o.collection_id FROM open_grants() o WHERE o.id = NULLIF(current_setting('app.grant', true), '')::uuid
$$;

DO $$
DECLARE
  published text;
BEGIN
  FOREACH published IN ARRAY ARRAY['persons', 'faces', 'face_embeddings', 'images'] LOOP
    EXECUTE format('CREATE POLICY grantee ON %I FOR SELECT TO likeness_gallery'
                   ' USING (collection_id = (SELECT granted_collection()))', published);
  END LOOP;
END
$$;
