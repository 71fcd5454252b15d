-- Every leaf period of a form that is opened or has a submission, in every lane that the form's leaves can have; unit 0 is the whole lane.
insert into control.dirty (lane, form_id, period_id, unit_id)
select l.lane, $1::smallint, p.period_id, 0
from (select distinct lane from ref.place where until_version is null and (level_no >= 1 or $2::smallint = 0)) as l
cross join (
  select period_id from ref.period_opening where form_id = $1::smallint
  union
  select period_id from intake.current where form_id = $1::smallint) as p
order by l.lane, p.period_id
