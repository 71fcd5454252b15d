-- Rejected records, newest first; $4 a code or 0 for all, $5 how many.
select format('%s/%s/%s', h.log_no, h.part, h.kafka_offset) as id, c.name as code, left(encode(h.record_key, 'escape'), 60) as key, h.pointer, h.message,
  to_char(h.received_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as received_at, h.replayed_at_offset
from intake.held as h
left join unnest($1::smallint[], $2::text[], $3::text[]) as c (number, name, hint) on c.number = coalesce(h.settled_code, h.code)
where (h.outcome = 'r' or h.settled_outcome = 'r') and ($4::smallint = 0 or coalesce(h.settled_code, h.code) = $4::smallint)
order by h.recorded_at desc, h.log_no, h.part, h.kafka_offset desc
limit $5::bigint
