-- A refused event stays open; applied_version is the ref.version under which it was refused last, so that it is tried again when that has moved.
insert into control.registry_change as c (submission_key, source, kind, unit_code, effective_on, state, code, pointer, message, applied_version)
values ($1::bigint, 'event', $2::text, $3::text, $4::date, 'open', $5::smallint, $6::text, $7::text, $8::bigint)
on conflict (submission_key) do update set code = excluded.code, pointer = excluded.pointer, message = excluded.message,
  applied_version = excluded.applied_version, recorded_at = now()
where c.state = 'open'
