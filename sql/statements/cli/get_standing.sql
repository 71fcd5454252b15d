-- How the areas right below area $3 (null: the country) stand in indicator $1 in period $2: the best first, last who is not ranked. Values as the indicator is shown; attainment is a ratio.
with top as (
  select area_key from mart.dim_area where case when $3::text is null then level_no = 0 else unit_code = $3::text end)
select s.rank, s.ranked_count as of, s.previous_rank as before, s.movement, a.unit_code as code, a.name as area,
  case when i.unit = 'n' then s.value else round(s.value * i.factor, i.decimals) end as value,
  case when i.unit = 'n' then s.target else round(s.target * i.factor, i.decimals) end as target, s.attainment,
  case when i.unit = 'n' then s.gap else round(s.gap * i.factor, i.decimals) end as gap, s.light, s.band, v.n_expected, v.n_reported, v.status
from mart.dim_indicator as i
join mart.dim_period as p on p.code = $2::text
cross join top as t
join mart.dim_area as a on a.parent_area_key = t.area_key
-- One look-up an area, as in get_indicator.
cross join lateral (
  select * from mart.standing as m
  where m.level_no = a.level_no and m.indicator_key = i.indicator_key and m.period_key = p.period_key and m.area_key = a.area_key
  offset 0) as s
cross join lateral (
  select * from mart.indicator as m
  where m.level_no = a.level_no and m.indicator_key = i.indicator_key and m.period_key = p.period_key and m.area_key = a.area_key and coalesce(m.cut_key, 0) = 0
  offset 0) as v
where i.code = $1::text
order by s.rank nulls last, a.name, a.unit_code, a.valid_from
