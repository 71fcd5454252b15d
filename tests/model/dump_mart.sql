-- Every stored cell of every level, as tests/model/oracle.py reads it: psql --csv -f tests/model/dump_mart.sql; -v only=REGEX: of these indicators.
\if :{?only}
\else
\set only .
\endif
select l.code as level, a.unit_code as area_code, a.valid_from, p.code as period_code, i.code as indicator, c.dimension, c.member,
  x.numerator, x.denominator, x.n_expected, x.n_reported, x.status
from mart.indicator x
join ref.level l using (level_no)
join mart.dim_area a using (area_key)
join mart.dim_period p using (period_key)
join mart.dim_indicator i using (indicator_key)
join mart.dim_cut c using (cut_key)
where i.code ~ :'only';
