-- The leaves of indicator $1 in period $2 as the mart has them: at level $3, of cut $4 (null: all).
insert into pg_temp.leaf (period_key, indicator_key, cut_key, area_key, numerator, denominator, n_expected, n_reported, status, definition_version)
select m.period_key, m.indicator_key, m.cut_key, m.area_key, m.numerator, m.denominator, m.n_expected, m.n_reported, m.status, m.definition_version
from mart.indicator as m
where m.level_no = $3::smallint and m.indicator_key = $1::smallint and m.period_key = $2::int and m.cut_key >= 0 and ($4::smallint is null or m.cut_key = $4::smallint)
