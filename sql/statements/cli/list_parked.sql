-- One cause with its submissions, not N errors.
select h.cause, count(*) as submissions, c.name as code, to_char(min(h.received_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as oldest_received_at,
  (array_agg(format('%s/%s/%s', h.log_no, h.part, h.kafka_offset) order by h.log_no, h.part, h.kafka_offset))[1] as first_id, c.hint
from intake.held as h
left join unnest($1::smallint[], $2::text[], $3::text[]) as c (number, name, hint) on c.number = h.code
where h.outcome = 'p' and h.settled_at is null
group by h.cause, c.name, c.hint order by count(*) desc, h.cause
