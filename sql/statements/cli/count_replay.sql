-- Rejected records not replayed yet, or whose replay was refused for its signature (code $9; such a replay is not replayed itself: it does not bear its record's time): those of $1..$3 (log, partition, offset), or of code $4, received since $5; below the ends of $6..$8 (log, partition, offset).
select count(*) as records, coalesce(sum(length(h.raw)), 0) as bytes, to_char(min(h.received_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as oldest_received_at,
  to_char(max(h.received_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as newest_received_at
from intake.held as h
where (h.outcome = 'r' or h.settled_outcome = 'r') and (h.replayed_at_offset is null or exists (
    select from intake.held as p where (p.log_no, p.part, p.kafka_offset, p.outcome, p.code) = (h.log_no, h.part, h.replayed_at_offset, 'r', $9::smallint)))
  and (h.code <> $9::smallint or h.headers is null or position('emis-replay-of'::bytea in h.headers) = 0)
  and (coalesce(h.settled_code, h.code) = $4::smallint
    or exists (select from unnest($1::smallint[], $2::smallint[], $3::bigint[]) as i (log_no, part, kafka_offset) where (i.log_no, i.part, i.kafka_offset) = (h.log_no, h.part, h.kafka_offset)))
  and ($5::timestamptz is null or h.received_at >= $5::timestamptz)
  and exists (select from unnest($6::smallint[], $7::smallint[], $8::bigint[]) as e (log_no, part, next_offset) where (e.log_no, e.part) = (h.log_no, h.part) and h.kafka_offset < e.next_offset)
