-- SPDX-License-Identifier: Apache-2.0
-- The districts in the quarter named here, by the mean of the five domains and by each of them: rank, places won since the quarter before, target and light.
with
  domain (place, domain, indicator) as (
    values (0, 'all five', 'PMIU_5'), (1, 'enrolment', 'RETN'), (2, 'teacher attendance', 'ATT_TCH_SPOT'), (3, 'infrastructure', 'FACIL'),
      (4, 'resources', 'FUND_UTIL'), (5, 'learning', 'LND'))
select d.domain, s.rank, s.ranked_count as ranked, s.previous_rank, s.movement, a.unit_code as district_code, a.name as district,
  round(s.value * i.factor, i.decimals) as shown, round(s.target * i.factor, i.decimals) as target, s.light
from mart.district_standing as s
join mart.dim_period as p using (period_key)
join mart.dim_area as a using (area_key)
join mart.dim_indicator as i using (indicator_key)
join domain as d on d.indicator = i.code
where p.code = '2026-Q2'
order by d.place, s.rank nulls last, a.unit_code;
