insert into ref.calendar_exception (unit_id, on_date, kind, reason, since_version)
select u.unit_id, t.on_date, t.kind, t.reason, $5::bigint
from unnest($1::text[], $2::date[], $3::text[], $4::text[]) as t (code, on_date, kind, reason)
join ref.unit u on u.code = t.code
where t.kind <> 'usual'
  and not exists (select from ref.calendar_exception x where x.unit_id = u.unit_id and x.on_date = t.on_date and x.until_version is null)
