insert into ref.calendar_closed_day (calendar_id, on_date, reason, since_version)
select $1::smallint, t.on_date, t.reason, $4::bigint
from unnest($2::date[], $3::text[]) as t (on_date, reason)
where not exists (
  select from ref.calendar_closed_day d where d.calendar_id = $1::smallint and d.on_date = t.on_date and d.until_version is null)
returning on_date
