insert into control.registry_change as c (source, kind, unit_code, effective_on, submission_key, state, applied_version, changed_count)
values ($1::text, $2::text, $3::text, $4::date, $5::bigint, 'applied', $6::bigint, $7::int)
on conflict (submission_key) do update set state = 'applied', code = null, pointer = null, message = null, applied_version = excluded.applied_version,
  changed_count = excluded.changed_count, recorded_at = now()
