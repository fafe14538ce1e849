-- What tells this platform from others that could be given the same bucket: an id, made once. The platform's own, of no use to a tenant.
CREATE TABLE deployment (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT deployment_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX deployment_one ON deployment ((true));
INSERT INTO deployment DEFAULT VALUES;
GRANT SELECT ON deployment TO likeness_system;
