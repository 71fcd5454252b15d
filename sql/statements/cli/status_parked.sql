select cause, count(*) as submissions, to_char(min(received_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as oldest_received_at
from intake.held where outcome = 'p' and settled_at is null
group by cause order by count(*) desc, cause limit 20
