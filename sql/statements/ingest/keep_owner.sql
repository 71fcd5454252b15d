update control.kafka_offset o
set owner_pid = pg_backend_pid(),
  owner_started_at = (select a.backend_start from pg_stat_activity a where a.pid = pg_backend_pid())
from unnest($2::smallint[], $3::bigint[]) as t (part, owner_epoch)
where o.log_no = $1::smallint and o.part = t.part and o.owner_epoch = t.owner_epoch and o.owner_name = $4::text
returning o.part, o.next_offset
