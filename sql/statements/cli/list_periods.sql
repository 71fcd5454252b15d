-- Opened leaf periods, with how many units have a submission that counts.
select n.code as form, p.code as period, p.starts_on, p.ends_on, to_char(o.opened_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as opened_at,
  (select count(distinct c.unit_id) from intake.current as c where c.form_id = o.form_id and c.period_id = o.period_id and not c.is_retract) as submissions
from ref.period_opening as o
join ref.catalogue_number as n on n.kind = 'form' and n.number = o.form_id
join ref.period as p using (period_id)
order by n.code, p.starts_on
