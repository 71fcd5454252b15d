-- Closed days of calendars with exceptions: the base's but for the exceptions, and what these close. $1 version; not $2: only of the calendars that this version made.
with calendar as materialized (
  select c.calendar_id, c.base_calendar_id, c.exceptions from ref.calendar c
  where c.exceptions is not null and c.until_version is null and ($2::bool or c.since_version = $1::bigint)),
wanted as (
  select c.calendar_id, b.on_date, b.kind, b.reason
  from calendar c join ref.calendar_closed_day b on b.calendar_id = c.base_calendar_id and b.until_version is null
  where not c.exceptions ? b.on_date::text
  union all
  select c.calendar_id, x.key::date, 'closed', x.value from calendar c cross join lateral jsonb_each_text(c.exceptions) x where x.value is not null)
insert into ref.calendar_closed_day (calendar_id, on_date, kind, reason, since_version)
select w.calendar_id, w.on_date, w.kind, w.reason, $1::bigint
from wanted w
where not exists (
  select from ref.calendar_closed_day d where d.calendar_id = w.calendar_id and d.on_date = w.on_date and d.until_version is null offset 0)
