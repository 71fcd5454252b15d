-- REGISTRY, exclusive: the applier is alone.
select pg_advisory_xact_lock(1, 0)
