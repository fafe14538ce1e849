-- What the images of a collection take of the disk; kept in the transactions that change it.
ALTER TABLE collections ADD COLUMN image_bytes bigint NOT NULL DEFAULT 0;

-- The owner is behind the wall of FORCE, too, and sees no row while it stands. Nobody else meets the tables without it:
-- ALTER TABLE holds them to the commit.
ALTER TABLE collections NO FORCE ROW LEVEL SECURITY;
ALTER TABLE images NO FORCE ROW LEVEL SECURITY;
UPDATE collections c SET image_bytes = held.bytes
  FROM (SELECT collection_id, sum(bytes) AS bytes FROM images GROUP BY collection_id) held
 WHERE c.id = held.collection_id;
ALTER TABLE images FORCE ROW LEVEL SECURITY;
ALTER TABLE collections FORCE ROW LEVEL SECURITY;

-- New tenants have a limit by default. One that was there before may hold more already: none is set for it.
UPDATE tenants SET limits = limits || '{"maxImageMegabytes": null}';
