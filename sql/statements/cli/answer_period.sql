-- The period of a code.
select period_key, starts_on, kind in ('day', 'week') as is_narrow from mart.dim_period where code = $1::text
