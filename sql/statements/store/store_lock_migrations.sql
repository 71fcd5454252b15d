-- One runner at a time on this database; the key is the first 8 bytes of sha256('emis schema migration'), so that it collides with no other.
SELECT pg_advisory_lock($1::bigint)
