-- The networks that a key works from, as CIDRs. Empty: from everywhere.
ALTER TABLE api_keys ADD COLUMN allowed_networks text[] NOT NULL DEFAULT '{}';
