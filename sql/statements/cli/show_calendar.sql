-- School years, terms and campaigns; then the closed days of each calendar by kind and reason, weekends counted; then the exceptions. attribute: of which places of the area.
select kind, code, null as area, null as attribute, starts_on, ends_on, ends_on - starts_on + 1 as days, null as reason
from ref.period where kind in ('school_year', 'term', 'campaign')
union all
select * from (
  select d.kind, null, u.code, c.attribute || ' ' || c.code, min(d.on_date), max(d.on_date), count(*), d.reason
  from ref.calendar_closed_day as d
  join ref.calendar as c using (calendar_id)
  join ref.unit as u on u.unit_id = c.area_unit_id
  where d.until_version is null
  group by d.kind, u.code, c.attribute, c.code, d.reason) as closed
union all
select * from (
  select x.kind, null, u.code, null, min(x.on_date), max(x.on_date), count(*), x.reason
  from ref.calendar_exception as x
  join ref.unit as u using (unit_id)
  where x.until_version is null
  group by x.kind, u.code, x.reason) as excepted
order by 1 desc, 5, 6 desc, 3, 4
