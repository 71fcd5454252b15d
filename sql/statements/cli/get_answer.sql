-- Cells of the answer: as get_indicator.sql has them of the mart, and below them what has no place on day $6 (of a derived indicator: of what it rests on), with the first units it is of: those
-- that were in the area.
with recursive top as (
  select area_key, level_no, level_code from mart.dim_area where case when $3::text is null then level_no = 0 else unit_code = $3::text end),
below as (
  select area_key, level_code from top
  union
  select a.area_key, a.level_code from mart.dim_area as a join below as b on a.parent_area_key = b.area_key where $4::text is not null),
wanted as (
  select c.cut_key, case when c.cut_key = 0 then 'total' else c.dimension || '=' || c.member end as cut
  from mart.dim_cut as c, mart.dim_indicator as i
  where i.code = $1::text and case when $5::text is not null then c.dimension = $5::text else c.cut_key = 0 or i.roll_up in ('coverage', 'ontime', 'filled', 'clean') end),
placed as (
  select a.level_code as level, a.unit_code as code, a.name as area, p.code as period, i.code as indicator, c.cut, v.numerator, v.denominator,
    case when i.unit = 'n' then v.numerator::numeric else round(v.ratio * i.factor, i.decimals) end as value, v.n_expected, v.n_reported, v.status, a.level_no, a.valid_from, c.cut_key
  from mart.dim_indicator as i
  join mart.dim_period as p on p.code = $2::text
  join below as b on $4::text is null or b.level_code = $4::text
  join mart.dim_area as a on a.area_key = b.area_key
  cross join lateral (select * from pg_temp.cell as m where m.area_key = a.area_key and m.period_key = p.period_key and m.indicator_key = i.indicator_key offset 0) as v
  join wanted as c on c.cut_key = v.cut_key
  where i.code = $1::text),
unplaced as (
  select 'unplaced', null, s.why || case s.why when 'closed' then ' by ' else ' after ' end || $6::text || ': ' || array_to_string((array_agg(distinct u.code))[1:10], ' ') || case when count(distinct u.code) > 10 then ' and '
      || (count(distinct u.code) - 10)::text || ' more' else '' end, p.code, i.code, c.cut, sum(s.numerator), sum(s.denominator), null::numeric, sum(s.n_expected), sum(s.n_reported), null, 99, null::date, c.cut_key
  from pg_temp.share as s
  join mart.dim_indicator as i on i.indicator_key = s.indicator_key
  join mart.dim_period as p on p.period_key = s.period_key
  join wanted as c on c.cut_key = s.cut_key
  join ref.unit as u on u.unit_id = s.unit_id
  where s.path is null and exists (select from top as t where t.area_key = any (s.own_path))
  group by s.why, p.code, i.code, c.cut, c.cut_key)
select level, code, area, period, indicator, cut, numerator, denominator, value, n_expected, n_reported, status
from (select * from placed union all select * from unplaced) as v
order by level_no, area, code, valid_from, indicator, period, cut_key
