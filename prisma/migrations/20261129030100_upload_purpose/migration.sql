-- What an upload is for: one made to be searched with is not enrolled. Those from before may be used for both, as they could.
ALTER TABLE uploads
  ADD COLUMN purpose text NOT NULL DEFAULT 'ENROLL',
  ADD CONSTRAINT uploads_purpose CHECK (purpose IN ('ENROLL', 'SEARCH'));
