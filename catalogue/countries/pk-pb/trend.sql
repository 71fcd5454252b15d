-- SPDX-License-Identifier: Apache-2.0
-- The five domains of each district over the eight quarters that end with the one named here: what is shown, its change since the quarter before, and since the first of them.
with
  quarter as (
    select period_key, code, starts_on, ends_on
    from mart.dim_period
    where kind = 'quarter' and starts_on <= (select starts_on from mart.dim_period where code = '2026-Q2')
    order by starts_on desc
    limit 8),
  domain (place, domain, indicator) as (
    values (1, 'enrolment', 'ENR_MONTHLY'), (2, 'enrolment', 'RETN'), (3, 'teacher attendance', 'ATT_TCH_SPOT'), (4, 'infrastructure', 'FACIL'),
      (5, 'resources', 'FUND_UTIL'), (6, 'learning', 'LND'))
select v.unit_code as district_code, v.name as district, v.domain, v.indicator, v.quarter, v.shown,
  v.shown - lag(v.shown) over past as change, v.shown - first_value(v.shown) over past as change_since_first
from (
  -- A district whose place changed within the quarter has a row for each, of what it was then.
  select a.unit_code, max(a.name) as name, d.place, d.domain, i.name as indicator, q.code as quarter, q.starts_on,
    round(case i.unit when 'n' then sum(m.numerator) else sum(m.numerator) / nullif(sum(m.denominator), 0) * i.factor end, i.decimals) as shown
  from quarter as q
  join mart.dim_area as a on a.level_code = 'district' and a.valid_from <= q.ends_on and a.valid_to > q.starts_on
  cross join domain as d
  join mart.dim_indicator as i on i.code = d.indicator
  left join mart.district_indicator as m on (m.area_key, m.period_key, m.indicator_key, m.cut_key) = (a.area_key, q.period_key, i.indicator_key, 0)
  group by a.unit_code, d.place, d.domain, i.indicator_key, q.code, q.starts_on) as v
window past as (partition by v.unit_code, v.place order by v.starts_on)
order by v.unit_code, v.place, v.starts_on;
