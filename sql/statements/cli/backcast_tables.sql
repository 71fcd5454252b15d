-- What differs between what is stored and what was computed, which is gathered in first_cell (answer_tables.sql): same, added, changed or removed.
create temporary table difference (period_key int, cut_key smallint, area_key int, what text)
