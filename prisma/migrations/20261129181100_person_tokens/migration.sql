-- A request that makes a person may be repeated, also by an import that begins again: the same token is the same person.
ALTER TABLE persons ADD COLUMN client_request_token text;
CREATE UNIQUE INDEX persons_client_request_token_key ON persons (collection_id, client_request_token);
