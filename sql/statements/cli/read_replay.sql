-- The same records in order, behind ($10, $11, $12), at most $13 of them.
select h.log_no, h.part, h.kafka_offset, h.received_at, h.record_key, h.raw
from intake.held as h
where (h.outcome = 'r' or h.settled_outcome = 'r') and (h.replayed_at_offset is null or exists (
    select from intake.held as p where (p.log_no, p.part, p.kafka_offset, p.outcome, p.code) = (h.log_no, h.part, h.replayed_at_offset, 'r', $9::smallint)))
  and (h.code <> $9::smallint or h.headers is null or position('emis-replay-of'::bytea in h.headers) = 0)
  and (coalesce(h.settled_code, h.code) = $4::smallint
    or exists (select from unnest($1::smallint[], $2::smallint[], $3::bigint[]) as i (log_no, part, kafka_offset) where (i.log_no, i.part, i.kafka_offset) = (h.log_no, h.part, h.kafka_offset)))
  and ($5::timestamptz is null or h.received_at >= $5::timestamptz)
  and exists (select from unnest($6::smallint[], $7::smallint[], $8::bigint[]) as e (log_no, part, next_offset) where (e.log_no, e.part) = (h.log_no, h.part) and h.kafka_offset < e.next_offset)
  and (h.log_no, h.part, h.kafka_offset) > ($10::smallint, $11::smallint, $12::bigint)
order by h.log_no, h.part, h.kafka_offset
limit $13::int
