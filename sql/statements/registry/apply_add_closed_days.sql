insert into ref.calendar_closed_day (calendar_id, on_date, kind, reason, since_version)
select $1::int, t.on_date, t.kind, t.reason, $5::bigint
from unnest($2::date[], $3::text[], $4::text[]) as t (on_date, kind, reason)
where not exists (
  select from ref.calendar_closed_day d where d.calendar_id = $1::int and d.on_date = t.on_date and d.until_version is null)
returning on_date
