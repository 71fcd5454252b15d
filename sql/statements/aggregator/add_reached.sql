-- What rests on a leaf that is tried alone waits for its own turn. $1 lane, $2 forms, $3 periods, $4 units. Not what is set aside itself: two that reach each other would wait for each other for ever.
insert into control.dirty (lane, form_id, period_id, unit_id)
select $1::int, t.form_id, t.period_id, t.unit_id from unnest($2::smallint[], $3::int[], $4::int[]) as t (form_id, period_id, unit_id)
where not exists (select from control.dirty_failed f where f.lane = $1::int and f.form_id = t.form_id and f.period_id = t.period_id and f.unit_id = t.unit_id)
