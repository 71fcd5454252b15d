insert into control.dirty_failed as f (lane, form_id, period_id, unit_id, statement, sqlstate, message, attempt_count, failed_at)
values ($1::int, $2::smallint, $3::int, $4::int, $5::text, $6::text, $7::text, 2, now())
on conflict (lane, form_id, period_id, unit_id) do update set statement = excluded.statement, sqlstate = excluded.sqlstate, message = excluded.message,
  attempt_count = f.attempt_count + 2, failed_at = excluded.failed_at
