-- Leaf periods, opened or with submissions, of forms that hang on the calendar, of the units below those whose exceptions version $1 changed: those units alone, of a lane or more all of them. $2 forms, $3 their
-- levels.
with changed as materialized (
  select distinct q.place_id, q.level_no, f.form_id, f.level_no as form_level_no, r.period_id, x.on_date
  from ref.calendar_exception x
  join ref.place q on q.unit_id = x.unit_id and q.until_version is null and q.valid_from <= x.on_date and x.on_date < q.valid_to
  join ref.period r on r.ends_on = x.on_date
  cross join unnest($2::smallint[], $3::smallint[]) as f (form_id, level_no)
  where (x.since_version = $1::bigint or x.until_version = $1::bigint)
    and (exists (select from ref.period_opening o where o.form_id = f.form_id and o.period_id = r.period_id)
      or exists (select from intake.current c where c.form_id = f.form_id and c.period_id = r.period_id))),
below as materialized (
  select p.lane, p.unit_id, p.level_no, p.valid_from, p.valid_to, a.place_id as step_id
  from ref.place p cross join lateral unnest(p.path) as a (place_id)
  where p.until_version is null and case when a.place_id in (select c.place_id from changed c) then true else false end)
insert into control.dirty (lane, form_id, period_id, unit_id)
select distinct b.lane, c.form_id, c.period_id, case when c.level_no <= 1 then 0 else b.unit_id end
from changed c
join below b on b.step_id = c.place_id and b.level_no = c.form_level_no and b.valid_from <= c.on_date and c.on_date < b.valid_to
