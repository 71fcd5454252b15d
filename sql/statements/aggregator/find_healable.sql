-- Parked records whose cause is resolved, in Kafka's order within each partition: at most $1 of them and, but for the first, $2 bytes. A cause names the registry's own code, or a scheme and
-- the code there; on either way the open records are found by their cause (held_open_idx).
with found as materialized (
  select h.log_no, h.part, h.kafka_offset, octet_length(h.raw) as byte_count
  from (
    select 'unit:' || u.code as cause from ref.unit u
    union
    select 'unit:' || c.scheme || ':' || c.code from ref.unit_code c where c.until_version is null) r
  join intake.held h on h.cause = r.cause
  where h.outcome = 'p' and h.settled_at is null
  order by h.log_no, h.part, h.kafka_offset
  limit $1::int),
bounded as (
  select f.*, sum(f.byte_count) over (order by f.log_no, f.part, f.kafka_offset) - f.byte_count as bytes_before from found f)
select h.log_no, h.part, h.kafka_offset, h.recorded_at, h.record_key, h.headers, h.raw
from bounded b join intake.held h using (log_no, part, kafka_offset)
where b.bytes_before = 0 or b.bytes_before + b.byte_count <= $2::bigint
order by h.log_no, h.part, h.kafka_offset
