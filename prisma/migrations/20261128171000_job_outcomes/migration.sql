-- A job counts what became of its items: done ones of which no face was indexed (a part of `done`), and cancelled ones.
ALTER TABLE jobs
  ADD COLUMN unindexed integer NOT NULL DEFAULT 0,
  ADD COLUMN cancelled integer NOT NULL DEFAULT 0,
  DROP CONSTRAINT jobs_counters,
  ADD CONSTRAINT jobs_counters
    CHECK (total >= 0 AND done >= 0 AND failed >= 0 AND unindexed >= 0 AND cancelled >= 0);
ALTER TABLE job_items ADD COLUMN unindexed boolean NOT NULL DEFAULT false;

-- What is known of items from before. A face that was not indexed has reasons, also once it is deleted; of an image that is
-- gone with all its faces nothing is known, and its item counts as indexed, as it did.
-- The owner is behind the wall of FORCE, too, and sees no row while it stands. Nobody else meets the tables without it:
-- ALTER TABLE holds them to the commit.
ALTER TABLE job_items NO FORCE ROW LEVEL SECURITY;
ALTER TABLE jobs NO FORCE ROW LEVEL SECURITY;
ALTER TABLE faces NO FORCE ROW LEVEL SECURITY;
UPDATE job_items i SET unindexed = true
 WHERE i.state = 'SUCCEEDED'
   AND EXISTS (SELECT FROM faces f WHERE f.image_id = i.image_id)
   AND NOT EXISTS (SELECT FROM faces f WHERE f.image_id = i.image_id AND f.state <> 'UNINDEXED' AND f.reasons = '{}');
UPDATE jobs j SET unindexed = counted.unindexed, cancelled = counted.cancelled
  FROM (SELECT job_id, count(*) FILTER (WHERE unindexed) AS unindexed,
               count(*) FILTER (WHERE state = 'CANCELLED') AS cancelled
          FROM job_items WHERE unindexed OR state = 'CANCELLED' GROUP BY job_id) counted
 WHERE j.id = counted.job_id;
ALTER TABLE faces FORCE ROW LEVEL SECURITY;
ALTER TABLE jobs FORCE ROW LEVEL SECURITY;
ALTER TABLE job_items FORCE ROW LEVEL SECURITY;
