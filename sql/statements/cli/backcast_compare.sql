-- What was computed of indicator $1 beside what is stored: of the periods that begin on $2 or later and end by $3 (null: whenever), of all from $4 on, the first day of the newest rule, and of every
-- other version than $5. A full join is hashed or merged, whatever the statistics say.
with stored as (
  select b.*
  from mart.backcast as b join mart.dim_period as p on p.period_key = b.period_key
  where b.indicator_key = $1::smallint
    and (p.starts_on >= $4::date or p.starts_on >= $2::date and ($3::date is null or p.ends_on <= $3::date) or b.definition_version <> $5::smallint))
insert into pg_temp.difference (period_key, cut_key, area_key, what)
select period_key, cut_key, area_key,
  case when s.status is null then 'added' when f.status is null then 'removed'
    when (s.numerator, s.denominator, s.n_expected, s.n_reported, s.status, s.definition_version)
      is distinct from (f.numerator, f.denominator, f.n_expected, f.n_reported, f.status, f.definition_version) then 'changed'
    else 'same' end
from stored as s
full join pg_temp.first_cell as f using (period_key, cut_key, area_key)
