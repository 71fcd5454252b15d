-- Opened leaf periods of forms that only school days owe, on days whose closing changed ($3), or all of them when calendars themselves changed ($4): every lane. $1 forms, $2 their levels.
insert into control.dirty (lane, form_id, period_id, unit_id)
select distinct a.lane, o.form_id, o.period_id, 0
from ref.period_opening o
join unnest($1::smallint[], $2::smallint[]) as f (form_id, level_no) on f.form_id = o.form_id
join ref.period q on q.period_id = o.period_id and ($4::bool or q.ends_on = any ($3::date[]))
join ref.place a on a.level_no = least(f.level_no, 1)
