-- Listing and counting what was found in a collection of any size and not indexed.
CREATE INDEX faces_unindexed_idx ON faces (collection_id, id) WHERE state = 'UNINDEXED';
