-- migrate:up
-- For `emis status`, which counts the last 24 hours of 10^8 rows. Block ranges, not a tree: rows arrive in the order of time, so a few kilobytes tell the pages of a day apart (24 kB for
-- 2 million rows), and what the writer pays was lost in the noise of loading these rows; a tree would be gigabytes and a second write of each row. Backdated records only widen the ranges
-- that they lie in.
create index ledger_received_at_idx on intake.ledger using brin (received_at) with (autosummarize = on);

-- A range without a summary is read whenever the index is asked. autosummarize drops requests under load (a fast load of 2 million rows left nine tenths of them); a vacuum makes up for it, and
-- of a table that is only added to it reads no more than what is new. By default it would wait for a fifth of the ledger.
alter table intake.ledger_default set (autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 500000);
