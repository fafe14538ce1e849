-- Whether a match may only be confirmed by another key than the one that searched.
ALTER TABLE tenants ADD COLUMN second_key_confirms boolean NOT NULL DEFAULT false;
