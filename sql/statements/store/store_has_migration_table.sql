SELECT to_regclass('control.schema_migration') IS NOT NULL
