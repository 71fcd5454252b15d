select a.alarm_key as alarm, c.name as code, a.message, to_char(a.raised_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as raised_at,
  to_char(a.seen_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as seen_at, c.hint
from control.alarm as a
left join unnest($1::smallint[], $2::text[], $3::text[]) as c (number, name, hint) on c.number = a.code
where a.cleared_at is null order by a.raised_at
