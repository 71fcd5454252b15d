INSERT INTO control.schema_migration (version, name, sha256)
VALUES ($1, $2, $3)
RETURNING applied_at
