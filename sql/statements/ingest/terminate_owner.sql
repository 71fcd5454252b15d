select pg_terminate_backend(a.pid, 3000)
from control.kafka_offset o join pg_stat_activity a on a.pid = o.owner_pid and a.backend_start = o.owner_started_at
where o.log_no = $1::smallint and o.part = $2::smallint and a.pid <> pg_backend_pid() and a.xact_start is not null
