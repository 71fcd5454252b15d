-- Leaves that are set aside: $1 lane, $2 form, $3 periods and $4 units, $5 what failed, $6 SQLSTATE, $7 message, $8 how often it was tried.
insert into control.dirty_failed as f (lane, form_id, period_id, unit_id, statement, sqlstate, message, attempt_count, failed_at)
select $1::int, $2::smallint, t.period_id, t.unit_id, $5::text, $6::text, $7::text, $8::int, now() from unnest($3::int[], $4::int[]) as t (period_id, unit_id)
on conflict (lane, form_id, period_id, unit_id) do update set statement = excluded.statement, sqlstate = excluded.sqlstate, message = excluded.message,
  attempt_count = f.attempt_count + excluded.attempt_count, failed_at = excluded.failed_at
