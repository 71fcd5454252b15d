-- How many of the periods $1 are days on which every calendar closes the schools.
select count(*) from ref.period as p
where p.period_id = any ($1::int[]) and p.kind = 'day' and exists (select from ref.calendar where until_version is null)
  and not exists (
    select from ref.calendar as c
    where c.until_version is null
      and not exists (select from ref.calendar_closed_day as d where d.calendar_id = c.calendar_id and d.on_date = p.starts_on and d.until_version is null))
