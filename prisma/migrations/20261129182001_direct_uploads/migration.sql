-- The key that an upload's address of the bucket itself was given to: what is sent there is taken over while that key holds.
-- Null: its bytes come through this server, whose address names the key.
ALTER TABLE uploads ADD COLUMN api_key_id uuid;

-- That there is one row is kept by a column, which the schema can tell of.
ALTER TABLE deployment ADD COLUMN singular boolean NOT NULL DEFAULT true CONSTRAINT deployment_singular_check CHECK (singular);
DROP INDEX deployment_one;
CREATE UNIQUE INDEX deployment_singular_key ON deployment (singular);
