-- Areas by code with their calendars; '' is the country.
with wanted as (
  select w.code, u.unit_id
  from unnest($1::text[]) as w (code)
  left join ref.unit u on u.code = w.code or (w.code = '' and u.level_no = 0))
select w.code, w.unit_id, c.calendar_id
from wanted w left join ref.calendar c on c.area_unit_id = w.unit_id and c.until_version is null
order by w.code
