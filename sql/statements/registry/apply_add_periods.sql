-- Periods of a school year; those that another school year brought stay as they are.
insert into ref.period (period_id, kind, code, starts_on, ends_on, school_year)
select period_id, kind, code, starts_on, ends_on, school_year
from unnest($1::int[], $2::text[], $3::text[], $4::date[], $5::date[], $6::smallint[]) as t (period_id, kind, code, starts_on, ends_on, school_year)
on conflict (period_id) do nothing
