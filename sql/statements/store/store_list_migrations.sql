SELECT version, name, sha256, applied_at
FROM control.schema_migration
ORDER BY version
