-- Until commit: foreign keys of the indicator tables are for readers and their tools. Every key written comes from the dimensions, which the applier writes in its own transactions, and
-- four look-ups a row cost more than the row. A login that may not say so has them checked.
select case when has_parameter_privilege('session_replication_role', 'set') then set_config('session_replication_role', 'replica', true) end
