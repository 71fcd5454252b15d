-- Of each period of indicator $1 the country's total, as published and back-cast, and how many cells of all areas and cuts differ from what is stored.
select p.code as period, case when i.unit = 'n' then m.numerator::numeric else round(m.ratio * i.factor, i.decimals) end as published, m.definition_version as published_version,
  case when i.unit = 'n' then f.numerator::numeric else round(round(f.numerator::numeric / nullif(f.denominator, 0), 6) * i.factor, i.decimals) end as backcast, f.definition_version as backcast_version, f.status,
  d.added, d.changed, d.removed, d.same
from (
  select period_key, count(*) filter (where what = 'added') as added, count(*) filter (where what = 'changed') as changed, count(*) filter (where what = 'removed') as removed,
    count(*) filter (where what = 'same') as same
  from pg_temp.difference group by period_key) as d
join mart.dim_period as p on p.period_key = d.period_key
join mart.dim_indicator as i on i.indicator_key = $1::smallint
left join lateral (
  select v.* from mart.dim_area as a
  cross join lateral (
    select * from mart.indicator as x
    where x.level_no = 0 and x.area_key = a.area_key and x.period_key = d.period_key and x.indicator_key = $1::smallint and x.cut_key = 0 offset 0) as v
  where a.level_no = 0 limit 1) as m on true
left join lateral (
  select v.* from mart.dim_area as a
  cross join lateral (
    select * from pg_temp.first_cell as x where x.area_key = a.area_key and x.period_key = d.period_key and x.indicator_key = $1::smallint and x.cut_key = 0 offset 0) as v
  where a.level_no = 0 limit 1) as f on true
order by d.period_key
