-- Lanes with work, one index probe each.
with recursive step as (
  (select lane from control.dirty order by lane limit 1)
  union all
  select (select d.lane from control.dirty d where d.lane > s.lane order by d.lane limit 1) from step s where s.lane is not null)
select lane from step where lane is not null
