-- The back-cast series of indicator $1 beside what is published, in period $2 (null: all of them): of area $3 (null: the country), or of the areas of level $4 below it; the total, or by dimension $5.
with recursive top as (
  select area_key, level_no, level_code from mart.dim_area where case when $3::text is null then level_no = 0 else unit_code = $3::text end),
below as (
  select area_key, level_code from top
  union
  select a.area_key, a.level_code from mart.dim_area as a join below as b on a.parent_area_key = b.area_key where $4::text is not null)
select a.level_code as level, a.unit_code as code, a.name as area, p.code as period, i.code as indicator, case when c.cut_key = 0 then 'total' else c.dimension || '=' || c.member end as cut,
  case when i.unit = 'n' then m.numerator::numeric else round(m.ratio * i.factor, i.decimals) end as published, m.definition_version as published_version,
  case when i.unit = 'n' then v.numerator::numeric else round(v.ratio * i.factor, i.decimals) end as backcast, v.definition_version as backcast_version,
  v.numerator, v.denominator, v.status
from mart.dim_indicator as i
join below as b on $4::text is null or b.level_code = $4::text
join mart.dim_area as a on a.area_key = b.area_key
cross join lateral (select * from mart.backcast as x where x.area_key = a.area_key and x.indicator_key = i.indicator_key offset 0) as v
join mart.dim_period as p on p.period_key = v.period_key
join mart.dim_cut as c on c.cut_key = v.cut_key
left join lateral (
  select * from mart.indicator as x
  where x.level_no = a.level_no and x.area_key = v.area_key and x.period_key = v.period_key and x.indicator_key = v.indicator_key and x.cut_key = v.cut_key
  offset 0) as m on true
where i.code = $1::text and ($2::text is null or p.code = $2::text)
  and case when $5::text is not null then c.dimension = $5::text else c.cut_key = 0 or i.roll_up in ('coverage', 'ontime', 'filled', 'clean') end
order by a.level_no, a.name, a.unit_code, c.cut_key, v.period_key, a.valid_from
