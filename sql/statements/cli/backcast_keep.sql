-- The answer's cells of indicator $1 in period $2.
insert into pg_temp.first_cell (period_key, indicator_key, cut_key, area_key, numerator, denominator, n_expected, n_reported, status, definition_version)
select period_key, indicator_key, cut_key, area_key, numerator, denominator, n_expected, n_reported, status, definition_version
from pg_temp.cell
where indicator_key = $1::smallint and period_key = $2::int
