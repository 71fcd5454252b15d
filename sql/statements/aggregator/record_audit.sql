insert into control.audit_run (started_at, finished_at, cell_count, skipped_count, mismatch_count)
values ($1::timestamptz, now(), $2::bigint, $3::bigint, $4::bigint)
