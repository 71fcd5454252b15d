-- Periods whose first day lies in the school year that brings them: it names them, also when a neighbouring year brought them first.
insert into ref.period as p (period_id, kind, code, starts_on, ends_on, school_year)
select period_id, kind, code, starts_on, ends_on, school_year
from unnest($1::int[], $2::text[], $3::text[], $4::date[], $5::date[], $6::smallint[]) as t (period_id, kind, code, starts_on, ends_on, school_year)
on conflict (period_id) do update set school_year = excluded.school_year where p.school_year <> excluded.school_year
