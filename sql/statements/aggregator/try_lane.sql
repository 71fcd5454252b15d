-- One aggregator at a time in a lane. A statement of its own: what is read after it is newer than the lock.
select pg_try_advisory_xact_lock(2, $1::int)
