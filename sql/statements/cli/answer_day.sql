-- Which day an answer is for: $1, or (null) the last day on which the registry that stands changes, when every place without a known end is there. The first day that the registry knows; whether
-- there was a country on the day.
select d.on_day, r.first_day, exists (
    select from ref.place as p where p.level_no = 0 and p.until_version is null and p.valid_from <= d.on_day and d.on_day < p.valid_to) as has_country
from (
  select min(valid_from) filter (where level_no = 0) as first_day, greatest(max(valid_from), max(valid_to) filter (where valid_to < 'infinity')) as last_day
  from ref.place where until_version is null) as r
cross join lateral (select coalesce($1::date, r.last_day) as on_day) as d
