insert into control.worker as w (worker_name, program, pid, host, version, started_at, seen_at, state, metrics_port)
values ($1::text, 'emis-aggregator', $2::int, $3::text, $4::text, $5::timestamptz, now(), $6::text, $7::int)
on conflict (worker_name) do update set pid = excluded.pid, host = excluded.host, version = excluded.version, started_at = excluded.started_at,
  seen_at = excluded.seen_at, state = excluded.state, metrics_port = excluded.metrics_port
