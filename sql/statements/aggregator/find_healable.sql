-- Parked records whose cause is resolved, in Kafka's order within each partition: at most $1 of them and, but for the first, $2 bytes.
with found as materialized (
  select h.log_no, h.part, h.kafka_offset, octet_length(h.raw) as byte_count
  from intake.held h join ref.unit u on h.cause = 'unit:' || u.code
  where h.outcome = 'p' and h.settled_at is null
  order by h.log_no, h.part, h.kafka_offset
  limit $1::int),
bounded as (
  select f.*, sum(f.byte_count) over (order by f.log_no, f.part, f.kafka_offset) - f.byte_count as bytes_before from found f)
select h.log_no, h.part, h.kafka_offset, h.recorded_at, h.record_key, h.headers, h.raw
from bounded b join intake.held h using (log_no, part, kafka_offset)
where b.bytes_before = 0 or b.bytes_before + b.byte_count <= $2::bigint
order by h.log_no, h.part, h.kafka_offset
