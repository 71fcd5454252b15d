-- The periods of kinds $4 that begin on $1 or later and before $3, the first day of the newest rule, and end by $2 (null: whenever), in which one of the forms $5 is open or was sent: the others have
-- no cells.
select p.code, p.period_id
from ref.period as p
where p.kind = any ($4::text[]) and p.starts_on >= $1::date and p.starts_on < $3::date and ($2::date is null or p.ends_on <= $2::date)
  and exists (
    select from ref.period_within as w
    where w.period_id = p.period_id
      and (exists (select from ref.period_opening as o where o.form_id = any ($5::smallint[]) and o.period_id = w.leaf_period_id offset 0)
        or exists (select from intake.current as c where c.form_id = any ($5::smallint[]) and c.period_id = w.leaf_period_id offset 0)))
order by p.period_id
