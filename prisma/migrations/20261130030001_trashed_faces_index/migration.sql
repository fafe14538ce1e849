-- Few at any time. An index that is built from the vectors leaves them out, and the deletion of a person looks for theirs.
CREATE INDEX faces_trashed_idx ON faces (collection_id) WHERE state = 'TRASHED';
