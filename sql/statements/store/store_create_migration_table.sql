CREATE SCHEMA IF NOT EXISTS control;
CREATE TABLE IF NOT EXISTS control.schema_migration (
    version text COLLATE "C" NOT NULL CONSTRAINT schema_migration_pkey PRIMARY KEY,
    name text NOT NULL,
    sha256 bytea NOT NULL CONSTRAINT schema_migration_sha256_check CHECK (length(sha256) = 32),
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE control.schema_migration IS 'One row per applied migration, written by the runner in the migration''s own transaction.';
COMMENT ON COLUMN control.schema_migration.version IS 'The number that the file''s name begins with.';
COMMENT ON COLUMN control.schema_migration.name IS 'The rest of the file''s name, without the ending.';
COMMENT ON COLUMN control.schema_migration.sha256 IS 'SHA-256 of the file as it was applied; another one now stops the runner.';
COMMENT ON COLUMN control.schema_migration.applied_at IS 'When it was applied.';
