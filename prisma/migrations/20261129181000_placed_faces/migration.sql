-- Images may come with the places of their faces and the person of each: nothing is looked for in them then.

-- [{boundingBox landmarks confidence person_id person_external_id person_create}], until the item has succeeded.
ALTER TABLE job_items ADD COLUMN faces jsonb;
-- When the image was taken, where the request says so.
ALTER TABLE job_items ADD COLUMN taken_at timestamptz(3);

-- What is said of a person in one of the faces goes with them, too.
CREATE INDEX job_items_faces_idx ON job_items (job_id) WHERE faces IS NOT NULL;

-- A face that comes with its place is looked for in all images of the same bytes, as they came or as they are kept.
CREATE INDEX images_received_idx ON images (collection_id, received_sha256);
CREATE INDEX images_stored_idx ON images (collection_id, stored_sha256);
