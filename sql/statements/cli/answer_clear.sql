-- Before the next answer: what the last one left.
with current as (delete from pg_temp.current), leaf as (delete from pg_temp.leaf), share as (delete from pg_temp.share)
delete from pg_temp.cell
