-- A face that was added by hand and whose addition was undone: it is in no answer and in no index, keeps its vectors, and comes back
-- when that is undone. A value of its own, so that whatever asks for faces that searches find passes it over.
-- It can be used once this is committed: the next migration does.
ALTER TYPE "FaceState" ADD VALUE 'TRASHED' BEFORE 'DELETED';
