-- Current targets, of area $1 or of all, and whether each counts.
select unit_code as code, indicator_code as indicator, period_code as period, unit, value, state from mart.target
where $1::text is null or unit_code = $1::text
order by unit_code, indicator_code, period_code
