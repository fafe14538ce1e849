-- What a worker stored for an item that ended without a picture of its own is removed after the item's end is on record:
-- until then the job is not over, so that a worker that dies in between is followed by another.
ALTER TABLE job_items ADD COLUMN untidy boolean NOT NULL DEFAULT false;
