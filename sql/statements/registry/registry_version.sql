-- The version of the registry that this snapshot shows.
SELECT version FROM ref.version
