-- The same records in order, behind ($9, $10, $11), at most $12 of them.
select h.log_no, h.part, h.kafka_offset, h.received_at, h.record_key, h.raw
from intake.held as h
where (h.outcome = 'r' or h.settled_outcome = 'r') and h.replayed_at_offset is null
  and (coalesce(h.settled_code, h.code) = $4::smallint
    or exists (select from unnest($1::smallint[], $2::smallint[], $3::bigint[]) as i (log_no, part, kafka_offset) where (i.log_no, i.part, i.kafka_offset) = (h.log_no, h.part, h.kafka_offset)))
  and ($5::timestamptz is null or h.received_at >= $5::timestamptz)
  and exists (select from unnest($6::smallint[], $7::smallint[], $8::bigint[]) as e (log_no, part, next_offset) where (e.log_no, e.part) = (h.log_no, h.part) and h.kafka_offset < e.next_offset)
  and (h.log_no, h.part, h.kafka_offset) > ($9::smallint, $10::smallint, $11::bigint)
order by h.log_no, h.part, h.kafka_offset
limit $12::int
