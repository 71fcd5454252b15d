select c.name as code, count(*) as records, count(h.replayed_at_offset) as replayed,
  to_char(max(h.received_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as last_received_at, c.hint
from intake.held as h
left join unnest($1::smallint[], $2::text[], $3::text[]) as c (number, name, hint) on c.number = coalesce(h.settled_code, h.code)
where h.outcome = 'r' or h.settled_outcome = 'r'
group by c.name, c.hint order by count(*) desc, c.name
