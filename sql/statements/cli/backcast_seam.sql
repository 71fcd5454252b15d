-- The seam of indicator $1: of each of the kinds $3 the first period from $2 on, the first day of the newest rule, that has published cells; as they are published, with status break.
insert into pg_temp.first_cell (period_key, indicator_key, cut_key, area_key, numerator, denominator, n_expected, n_reported, status, definition_version)
select m.period_key, m.indicator_key, m.cut_key, m.area_key, m.numerator, m.denominator, m.n_expected, m.n_reported, 'break', m.definition_version
from unnest($3::text[]) as k (kind)
cross join lateral (
  select q.period_id from ref.period as q
  where q.kind = k.kind and q.starts_on >= $2::date and exists (
    select from mart.indicator as x where x.indicator_key = $1::smallint and x.period_key = q.period_id and x.cut_key >= 0 offset 0)
  order by q.starts_on fetch first 1 rows with ties) as f -- two campaigns may begin on one day
cross join lateral (select * from mart.indicator as x where x.indicator_key = $1::smallint and x.period_key = f.period_id and x.cut_key >= 0 offset 0) as m
