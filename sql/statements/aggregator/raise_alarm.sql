insert into control.alarm as a (alarm_key, code, message, raised_at, seen_at) values ($1::text, $2::smallint, $3::text, now(), now())
on conflict (alarm_key) do update set code = excluded.code, message = excluded.message, seen_at = now(),
  raised_at = case when a.cleared_at is null then a.raised_at else now() end, cleared_at = null
