-- Leaf periods, opened or with submissions, of forms that hang on the calendar, on days whose closing changed ($3), or all of them when calendars themselves changed ($4): every lane.
-- $1 forms, $2 their levels.
insert into control.dirty (lane, form_id, period_id, unit_id)
select distinct a.lane, f.form_id, q.period_id, 0
from unnest($1::smallint[], $2::smallint[]) as f (form_id, level_no)
join ref.period q on $4::bool or q.ends_on = any ($3::date[])
join ref.place a on a.level_no = least(f.level_no, 1)
where exists (select from ref.period_opening o where o.form_id = f.form_id and o.period_id = q.period_id)
  or exists (select from intake.current c where c.form_id = f.form_id and c.period_id = q.period_id)
