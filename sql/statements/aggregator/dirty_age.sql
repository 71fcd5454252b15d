-- Rows that wait and the age of the oldest in each lane's head: an estimate that costs one probe per lane.
with recursive step as (
  (select lane, dirty_id, added_at from control.dirty order by lane, dirty_id limit 1)
  union all
  select n.lane, n.dirty_id, n.added_at
  from step s cross join lateral (
    select d.lane, d.dirty_id, d.added_at from control.dirty d where d.lane > s.lane order by d.lane, d.dirty_id limit 1) n)
select coalesce((extract(epoch from (now() - min(added_at))) * 1000)::bigint, 0) from step
