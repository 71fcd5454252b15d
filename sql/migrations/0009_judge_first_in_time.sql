-- migrate:up
-- A unit that sent in time stays in time, whatever corrections come after the deadline: the first of a key's submissions is judged, not the one that counts.
with late as (
  select form_id, period_id, unit_id, part_key, bool_and(is_late or is_retract) as is_late
  from intake.submission group by form_id, period_id, unit_id, part_key),
judged as (
  update intake.current as c set is_late = l.is_late
  from late as l
  where c.form_id = l.form_id and c.period_id = l.period_id and c.unit_id = l.unit_id and c.part_key = l.part_key and c.is_late <> l.is_late
  returning c.form_id, c.period_id, c.unit_id)
insert into control.dirty (lane, form_id, period_id, unit_id)
select distinct p.lane, j.form_id, j.period_id, j.unit_id from judged as j join ref.place as p on p.unit_id = j.unit_id;

comment on column intake.current.is_late is 'None of the key''s submissions with data was received by the deadline.';
