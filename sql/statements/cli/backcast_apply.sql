-- What differs of indicator $1 is written; the rest is not touched.
with gone as (
  delete from mart.backcast as b
  using pg_temp.difference as d
  where d.what = 'removed' and b.indicator_key = $1::smallint and b.area_key = d.area_key and b.period_key = d.period_key and b.cut_key = d.cut_key)
insert into mart.backcast (period_key, indicator_key, cut_key, area_key, numerator, denominator, n_expected, n_reported, status, definition_version, computed_at)
select f.period_key, f.indicator_key, f.cut_key, f.area_key, f.numerator, f.denominator, f.n_expected, f.n_reported, f.status, f.definition_version, now()
from pg_temp.difference as d
cross join lateral (select * from pg_temp.first_cell as x where x.area_key = d.area_key and x.period_key = d.period_key and x.cut_key = d.cut_key offset 0) as f
where d.what in ('added', 'changed')
on conflict (area_key, period_key, indicator_key, cut_key) do update set
  numerator = excluded.numerator, denominator = excluded.denominator, n_expected = excluded.n_expected, n_reported = excluded.n_reported, status = excluded.status,
  definition_version = excluded.definition_version, computed_at = excluded.computed_at
