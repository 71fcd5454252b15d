-- SPDX-License-Identifier: Apache-2.0
-- The ten schools that need help most in the quarter named here: those with the lowest mean of the five domains, and why: what misses its target, the worst first. A school without a
-- target of its own is held to its district's; without that too, its rank among the schools of its markaz says how it stands.
with
  quarter as (select period_key, ends_on from mart.dim_period where code = '2026-Q2'),
  domain (place, domain, indicator) as (
    values (1, 'enrolment', 'RETN'), (2, 'teacher attendance', 'ATT_TCH_SPOT'), (3, 'infrastructure', 'FACIL'), (4, 'resources', 'FUND_UTIL'),
      (5, 'learning', 'LND')),
  school as (
    select q.period_key, a.area_key, a.unit_code, a.name, c.area_key as district_key, c.name as district, coalesce(s.value, 0) as score, i.factor, i.decimals
    from quarter as q
    join mart.dim_area as a on a.level_code = 'school' and a.valid_from <= q.ends_on and a.valid_to > q.ends_on
    join mart.dim_area as m on m.area_key = a.parent_area_key
    join mart.dim_area as t on t.area_key = m.parent_area_key
    join mart.dim_area as c on c.area_key = t.parent_area_key
    join mart.dim_indicator as i on i.code = 'PMIU_5'
    left join mart.school_standing as s on (s.area_key, s.period_key, s.indicator_key) = (a.area_key, q.period_key, i.indicator_key)
    order by score, a.unit_code
    limit 10),
  measure as (
    select s.area_key, d.place, d.domain, i.factor, i.decimals, own.value, own.rank, own.ranked_count, coalesce(own.target, above.target) as target
    from school as s
    cross join domain as d
    join mart.dim_indicator as i on i.code = d.indicator
    left join mart.school_standing as own on (own.area_key, own.period_key, own.indicator_key) = (s.area_key, s.period_key, i.indicator_key)
    left join mart.district_standing as above on (above.area_key, above.period_key, above.indicator_key) = (s.district_key, s.period_key, i.indicator_key))
select s.unit_code as school_code, s.name as school, s.district, round(s.score * s.factor, s.decimals) as score,
  string_agg(
    concat_ws(', ', m.domain || coalesce(' ' || round(m.value * m.factor, m.decimals) || ' %', ' not reported'), 'target ' || round(m.target * m.factor, m.decimals) || ' %',
      'rank ' || m.rank || ' of ' || m.ranked_count),
    '; ' order by m.target - coalesce(m.value, 0) desc nulls last, m.rank::numeric / m.ranked_count desc nulls first, m.place)
    filter (where coalesce(m.target > coalesce(m.value, 0), true)) as reason
from school as s
join measure as m using (area_key)
group by s.area_key, s.unit_code, s.name, s.district, s.score, s.factor, s.decimals
order by s.score, s.unit_code;
