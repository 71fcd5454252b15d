-- What indicator $1 is to be back-cast for, from period $2 to period $3 (null: not given); without, what is stored before $4, the first day of the newest rule.
select f.kind, f.starts_on, f.ends_on, t.starts_on as to_starts_on, t.ends_on as to_ends_on, s.from_on, s.to_on
from (select min(p.starts_on) as from_on, max(p.ends_on) as to_on
  from mart.backcast as b join mart.dim_period as p on p.period_key = b.period_key
  where b.indicator_key = $1::smallint and p.starts_on < $4::date) as s
left join ref.period as f on f.code = $2::text
left join ref.period as t on t.code = $3::text
