select pg_terminate_backend(a.pid, 3000) from pg_stat_activity a
where a.pid = $1::int and a.application_name = $2::text and a.pid <> pg_backend_pid()
