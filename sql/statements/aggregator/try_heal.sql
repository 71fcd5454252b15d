-- One healer at a time is enough.
select pg_try_advisory_xact_lock(5, 0)
