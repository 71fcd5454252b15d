-- The answer that the next one is compared with.
with share as (insert into pg_temp.first_share select * from pg_temp.share)
insert into pg_temp.first_cell (period_key, indicator_key, cut_key, area_key, numerator, denominator, n_expected, n_reported, status, definition_version)
select period_key, indicator_key, cut_key, area_key, numerator, denominator, n_expected, n_reported, status, definition_version from pg_temp.cell
