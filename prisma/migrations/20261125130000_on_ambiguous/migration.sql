-- What was accepted under the rule that the largest face is the person's stays accepted.
CREATE TYPE "OnAmbiguous" AS ENUM ('REFUSE', 'LARGEST');
ALTER TABLE job_items
  ADD COLUMN on_ambiguous "OnAmbiguous" NOT NULL DEFAULT 'LARGEST',
  ADD COLUMN error_details jsonb;
