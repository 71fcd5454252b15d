-- Waits half a second at most: an owner that is alive has let go before its partition is handed on, so whoever still holds the row is dead or frozen.
with patience as materialized (select set_config('lock_timeout', '500ms', true))
update control.kafka_offset o
set owner_epoch = o.owner_epoch + 1, owner_pid = pg_backend_pid(), owner_name = $3::text,
  owner_started_at = (select a.backend_start from pg_stat_activity a where a.pid = pg_backend_pid())
from patience
where o.log_no = $1::smallint and o.part = $2::smallint
returning o.next_offset, o.owner_epoch, o.tail_sha256, o.tail_at
