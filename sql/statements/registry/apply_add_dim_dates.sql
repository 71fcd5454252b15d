insert into mart.dim_date (date_key, year, month, day, iso_week, weekday)
select starts_on, extract(year from starts_on), extract(month from starts_on), extract(day from starts_on), extract(week from starts_on),
  extract(isodow from starts_on)
from ref.period where kind = 'day'
on conflict (date_key) do nothing
