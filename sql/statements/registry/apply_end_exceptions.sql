-- Exceptions of the days that the list names which it does not repeat. $1 codes of units, $2 days, $3 kinds (closed, open, usual: none), $4 reasons, $5 version.
update ref.calendar_exception x set until_version = $5::bigint
from unnest($1::text[], $2::date[], $3::text[], $4::text[]) as t (code, on_date, kind, reason)
join ref.unit u on u.code = t.code
where x.unit_id = u.unit_id and x.on_date = t.on_date and x.until_version is null and (t.kind, t.reason) <> (x.kind, x.reason)
