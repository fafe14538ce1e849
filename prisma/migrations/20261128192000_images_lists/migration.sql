-- Listing the images of a collection of any size by time. An enrolment gives out an image's id before it is accepted.
CREATE INDEX images_created_at_idx ON images (collection_id, created_at, id);
-- Finding an image by what its owner calls it, which is kept beside its faces.
CREATE INDEX faces_external_image_id_idx ON faces (collection_id, external_image_id) WHERE external_image_id IS NOT NULL;
