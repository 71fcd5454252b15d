insert into mart.dim_period as d (period_key, code, kind, starts_on, ends_on, school_year)
select period_id, code, kind, starts_on, ends_on, school_year from ref.period
on conflict (period_key) do update set school_year = excluded.school_year where d.school_year <> excluded.school_year
