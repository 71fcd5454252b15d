-- School years, terms and campaigns; then the closed days of each calendar, weekends counted.
select kind, code, null as area, starts_on, ends_on, ends_on - starts_on + 1 as days, null as reason
from ref.period where kind in ('school_year', 'term', 'campaign')
union all
select * from (
  select 'closed', null, u.code, min(d.on_date), max(d.on_date), count(*), d.reason
  from ref.calendar_closed_day as d
  join ref.calendar as c using (calendar_id)
  join ref.unit as u on u.unit_id = c.area_unit_id
  where d.until_version is null
  group by u.code, d.reason) as closed
order by 1 desc, 4, 5 desc
