-- How much of their hourly rates tenants and keys have used, where several processes share them without Redis. Losing it in a crash
-- fills all buckets: it is not logged. Of no tenant's data: ids, and how full.
CREATE UNLOGGED TABLE rate_buckets (
  -- <tenant>/<rate> or <tenant>/<key>/<rate>
  id      text             NOT NULL,
  -- So long after `at` the bucket is full again, in milliseconds.
  owed_ms double precision NOT NULL,
  at      timestamptz(6)   NOT NULL,
  -- What the last step was given.
  granted double precision NOT NULL,
  CONSTRAINT rate_buckets_pkey PRIMARY KEY (id)
);
CREATE INDEX rate_buckets_at_idx ON rate_buckets (at);
GRANT SELECT, INSERT, UPDATE, DELETE ON rate_buckets TO likeness_system;
