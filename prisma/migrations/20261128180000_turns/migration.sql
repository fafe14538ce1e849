-- What waits for the workers stays here until it is done, and the tenants' messages take turns to be admitted to the queue.
ALTER TABLE outbox
  -- Written by nobody: also of rows that a version without it writes.
  ADD COLUMN job_id uuid GENERATED ALWAYS AS ((payload ->> 'jobId')::uuid) STORED,
  -- In images, or what is worth as much.
  ADD COLUMN cost integer NOT NULL DEFAULT 1,
  -- Since when it is at its turn: on the queue, or in a worker's hands. Null: it waits.
  ADD COLUMN admitted_at timestamptz(3),
  -- The relay whose window it takes room of. Null: none's (it waits, or waits to be tried again).
  ADD COLUMN admitted_by uuid,
  ADD CONSTRAINT outbox_cost_range CHECK (cost >= 1);
CREATE INDEX outbox_job_id_idx ON outbox (job_id);
CREATE INDEX outbox_waiting_idx ON outbox (job_name, tenant_id, created_at, id) WHERE admitted_at IS NULL;
CREATE INDEX outbox_admitted_by_idx ON outbox (job_name, admitted_by) WHERE admitted_by IS NOT NULL;
DROP INDEX outbox_created_at_idx;
GRANT UPDATE (id, admitted_at, admitted_by) ON outbox TO likeness_system;

-- How much of a job's workers each tenant has had.
CREATE TABLE turns (
  tenant_id uuid             NOT NULL,
  job_name  text             NOT NULL,
  -- Virtual time (start-time fair queueing): when its last message began, and when its next may.
  begun     double precision NOT NULL,
  spent     double precision NOT NULL,
  CONSTRAINT turns_pkey PRIMARY KEY (tenant_id, job_name),
  CONSTRAINT turns_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);
CREATE INDEX turns_begun_idx ON turns (job_name, begun);
ALTER TABLE turns ENABLE ROW LEVEL SECURITY;
ALTER TABLE turns FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_wall ON turns TO likeness_app
  USING (tenant_id = NULLIF(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK (tenant_id = NULLIF(current_setting('app.tenant', true), '')::uuid);
CREATE POLICY system_access ON turns TO likeness_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON turns TO likeness_system;

-- Of two tenants that wait, one of weight 2 gets twice as much.
ALTER TABLE tenants
  ADD COLUMN weight integer NOT NULL DEFAULT 1,
  ADD CONSTRAINT tenants_weight_range CHECK (weight BETWEEN 1 AND 100);

-- Deliveries that began with the item and did not end: a process died with it, or is at work on it.
ALTER TABLE job_items
  ADD COLUMN starts integer NOT NULL DEFAULT 0;
