insert into ref.period (period_id, kind, code, starts_on, ends_on, school_year)
select coalesce(max(period_id), 700000000) + 1, 'campaign', $1::text, $2::date, $3::date, $4::smallint from ref.period where kind = 'campaign'
