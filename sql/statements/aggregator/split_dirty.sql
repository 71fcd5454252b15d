-- A period's row for all units becomes a row for each of them, so that one that fails does not hold back the others.
insert into control.dirty (lane, form_id, period_id, unit_id)
select $1::int, $2::smallint, $3::int, unit_id from unnest($4::int[]) as t (unit_id)
