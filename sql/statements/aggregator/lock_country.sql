-- One aggregator at a time in the country's rows. A statement of its own, after the lane's work: the sums that follow see every lane that committed before.
select pg_advisory_xact_lock(3, 0)
