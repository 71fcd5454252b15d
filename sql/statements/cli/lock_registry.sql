-- The REGISTRY lock, exclusively, until the end of the transaction.
select pg_advisory_xact_lock(1, 0)
