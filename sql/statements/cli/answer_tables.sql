-- The tables of an answer that is made on request: temporary, empty. `current` is what counted then; `leaf` the rows of the leaves as they were; `share` the same where they are asked for
-- (path: of the place; null: there is none; own_path: where it was); `cell` every area's. `first_share` and `first_cell` keep the answer that another one is compared with.
do $$
begin
  create temporary table current (like intake.current including indexes);
  create temporary table leaf (period_key int, indicator_key smallint, cut_key smallint, area_key int, numerator bigint, denominator bigint, n_expected int, n_reported int, status text,
    definition_version smallint);
  create temporary table share (period_key int, indicator_key smallint, cut_key smallint, numerator bigint, denominator bigint, n_expected int, n_reported int, status text,
    definition_version smallint, unit_id int, why text, path int[], own_path int[]);
  create temporary table cell (period_key int, indicator_key smallint, cut_key smallint, area_key int, numerator bigint, denominator bigint,
    ratio numeric(20, 6) generated always as (round(numerator::numeric / nullif(denominator, 0), 6)) stored, n_expected int, n_reported int, status text, definition_version smallint,
    primary key (area_key, period_key, indicator_key, cut_key));
  create temporary table first_share (like share);
  create temporary table first_cell (like cell including indexes);
end
$$
