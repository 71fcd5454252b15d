-- The same of form $1 as is current now, in the leaf periods of period $2 and in that before each.
insert into pg_temp.current
select c.*
from intake.current as c
where c.form_id = $1::smallint
  and c.period_id = any (array(
    select unnest(array[w.leaf_period_id, b.before_id])
    from ref.period_within as w
    left join ref.period_before as b on b.period_id = w.leaf_period_id
    where w.period_id = $2::int))
on conflict do nothing
