-- How many of the periods $1 are days on which the calendar of every place closes it.
select count(*) from ref.period as p
where p.period_id = any ($1::int[]) and p.kind = 'day'
  and not exists (
    select from (select distinct q.calendar_id from ref.place as q where q.until_version is null and q.valid_from <= p.starts_on and p.starts_on < q.valid_to) as c
    where not exists (select from ref.calendar_closed_day as d where d.calendar_id = c.calendar_id and d.on_date = p.starts_on and d.until_version is null))
