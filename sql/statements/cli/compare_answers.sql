-- What differs between the first answer and the present one to indicator $1 in period $2, of area $3 (null: the country) or the areas of level $4 in it, the total or by dimension $5: each area,
-- then each unit of the leaves (of a derived indicator: of what it is derived from) that makes the difference, with why. An area is its unit, wherever it stood. Whether a
-- place stands is asked as in answer_place.sql.
with top as (
  select unit_id, level_no from ref.unit where case when $3::text is null then level_no = 0 else code = $3::text end),
level as (
  select l.level_no, l.code from ref.level as l join top as t on l.level_no >= t.level_no where case when $4::text is null then l.level_no = t.level_no else l.code = $4::text end),
wanted as (
  select c.cut_key, case when c.cut_key = 0 then 'total' else c.dimension || '=' || c.member end as cut
  from mart.dim_cut as c, mart.dim_indicator as i
  where i.code = $1::text and case when $5::text is not null then c.dimension = $5::text else c.cut_key = 0 or i.roll_up in ('coverage', 'ontime', 'filled', 'clean') end),
shared as materialized (
  select a.*, c.cut
  from (select 1 as side, * from pg_temp.first_share union all select 2, * from pg_temp.share) as a join wanted as c on c.cut_key = a.cut_key),
-- All of a unit, wherever it counts: a difference there comes from what was sent, not from where it is.
whole as (
  select unit_id, period_key, indicator_key, cut_key, max(why) filter (where side = 1) as first_why, max(why) filter (where side = 2) as second_why,
    (sum(numerator) filter (where side = 1), sum(denominator) filter (where side = 1)) is distinct from (sum(numerator) filter (where side = 2), sum(denominator) filter (where side = 2)) as is_other
  from shared group by unit_id, period_key, indicator_key, cut_key),
item as (
  select p.unit_id as area_id, s.period_key, s.indicator_key, s.cut_key, s.cut, s.unit_id,
    sum(s.numerator) filter (where s.side = 1) as first_numerator, sum(s.denominator) filter (where s.side = 1) as first_denominator,
    sum(s.numerator) filter (where s.side = 2) as second_numerator, sum(s.denominator) filter (where s.side = 2) as second_denominator
  from shared as s cross join top as t cross join level as l
  cross join lateral (select unit_id from ref.place where place_id = s.path[l.level_no + 1] and coalesce(until_version, 0) = 0 offset 0) as p
  cross join lateral (select unit_id from ref.place where place_id = s.path[t.level_no + 1] and coalesce(until_version, 0) = 0 offset 0) as q
  where q.unit_id = t.unit_id
  group by p.unit_id, s.period_key, s.indicator_key, s.cut_key, s.cut, s.unit_id),
changed as (
  select i.*, coalesce(w.second_why, w.first_why, case when w.is_other then 'submissions' else 'moved' end) as why
  from item as i join whole as w using (unit_id, period_key, indicator_key, cut_key)
  where (i.first_numerator, i.first_denominator) is distinct from (i.second_numerator, i.second_denominator)),
area as (
  select p.unit_id as area_id, v.period_key, v.indicator_key, v.cut_key, c.cut,
    sum(v.numerator) filter (where v.side = 1) as first_numerator, sum(v.denominator) filter (where v.side = 1) as first_denominator,
    sum(v.numerator) filter (where v.side = 2) as second_numerator, sum(v.denominator) filter (where v.side = 2) as second_denominator
  from (select 1 as side, * from pg_temp.first_cell union all select 2, * from pg_temp.cell) as v
  join mart.dim_indicator as i on i.indicator_key = v.indicator_key and i.code = $1::text
  join mart.dim_period as e on e.period_key = v.period_key and e.code = $2::text
  join wanted as c on c.cut_key = v.cut_key
  cross join top as t cross join level as l
  cross join lateral (select unit_id, path, level_no from ref.place where place_id = v.area_key and coalesce(until_version, 0) = 0 offset 0) as p
  cross join lateral (select unit_id from ref.place where place_id = p.path[t.level_no + 1] and coalesce(until_version, 0) = 0 offset 0) as q
  where p.level_no = l.level_no and q.unit_id = t.unit_id
  group by p.unit_id, v.period_key, v.indicator_key, v.cut_key, c.cut),
told as (
  select a.area_id, a.period_key, a.indicator_key, a.cut_key, a.cut, null::int as unit_id, null as why, a.first_numerator, a.first_denominator, a.second_numerator, a.second_denominator
  from area as a
  where (a.first_numerator, a.first_denominator) is distinct from (a.second_numerator, a.second_denominator)
    or (a.area_id, a.cut_key) in (select c.area_id, c.cut_key from changed as c)
  union all
  select c.area_id, c.period_key, c.indicator_key, c.cut_key, c.cut, c.unit_id, c.why, c.first_numerator, c.first_denominator, c.second_numerator, c.second_denominator from changed as c)
select l.code as level, a.code, u.code as unit, d.why, e.code as period, i.code as indicator, d.cut, d.first_numerator, d.first_denominator,
  case when i.unit = 'n' then d.first_numerator else round(round(d.first_numerator / nullif(d.first_denominator, 0), 6) * i.factor, i.decimals) end as first_value,
  d.second_numerator, d.second_denominator,
  case when i.unit = 'n' then d.second_numerator else round(round(d.second_numerator / nullif(d.second_denominator, 0), 6) * i.factor, i.decimals) end as second_value,
  coalesce(d.second_numerator, 0) - coalesce(d.first_numerator, 0) as change
from told as d
cross join level as l
join ref.unit as a on a.unit_id = d.area_id
left join ref.unit as u on u.unit_id = d.unit_id
join mart.dim_indicator as i on i.indicator_key = d.indicator_key
join mart.dim_period as e on e.period_key = d.period_key
order by a.code, d.cut_key, u.code nulls first, i.code, e.code
