-- The period of code $1, and that of the same kind before it, if there is one: derived indicators may rest on both.
select p.period_id, p.starts_on, p.kind in ('day', 'week') as is_narrow
from ref.period as p
where p.period_id in (
  select q.period_id from ref.period as q where q.code = $1::text
  union all
  select b.before_id from ref.period as q join ref.period_before as b on b.period_id = q.period_id where q.code = $1::text)
order by p.starts_on desc
