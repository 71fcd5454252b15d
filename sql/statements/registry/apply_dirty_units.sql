-- Dirty rows of changed units: for each form that starts at the unit's level, each leaf period that is opened or has submissions and whose last day lies in the changed days, in every lane
-- that the unit ever had. Many units of a lane become one row for all of them (unit 0). $1 units, $2 and $3 changed days (half-open), $4 forms, $5 the levels at which they start.
with recursive key as (
  (select c.form_id, c.period_id from intake.current c order by c.form_id, c.period_id limit 1)
  union all
  select n.form_id, n.period_id
  from key k cross join lateral (
    select c.form_id, c.period_id from intake.current c where (c.form_id, c.period_id) > (k.form_id, k.period_id) order by c.form_id, c.period_id limit 1) n),
leaf as materialized (
  select k.form_id, f.level_no, q.period_id, q.ends_on
  from (select form_id, period_id from key union select o.form_id, o.period_id from ref.period_opening o) k
  join unnest($4::smallint[], $5::smallint[]) as f (form_id, level_no) on f.form_id = k.form_id
  join ref.period q on q.period_id = k.period_id),
changed as materialized (
  select distinct u.unit_id, u.from_on, u.to_on, p.lane, p.level_no
  from unnest($1::int[], $2::date[], $3::date[]) as u (unit_id, from_on, to_on)
  join ref.place p on p.unit_id = u.unit_id),
wanted as (
  select c.unit_id, c.from_on, c.to_on, c.lane, c.level_no, count(*) over (partition by c.lane, c.level_no) as unit_count from changed c)
insert into control.dirty (lane, form_id, period_id, unit_id)
select distinct w.lane, l.form_id, l.period_id, case when w.unit_count > 200 then 0 else w.unit_id end
from wanted w join leaf l on l.level_no = w.level_no and l.ends_on >= w.from_on and l.ends_on < w.to_on
