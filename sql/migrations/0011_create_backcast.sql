-- migrate:up
-- What was published stays as it was when a definition changes; the old periods under the newest one stand beside it, written on request by `emis indicator backcast`.
create table mart.backcast (
  period_key int not null references mart.dim_period,
  indicator_key smallint not null references mart.dim_indicator,
  cut_key smallint not null references mart.dim_cut,
  area_key int not null references mart.dim_area,
  numerator bigint,
  denominator bigint,
  ratio numeric(20,6) generated always as (round(numerator::numeric / nullif(denominator, 0), 6)) stored,
  n_expected int not null,
  n_reported int not null,
  status text not null check (status in ('ok', 'provisional', 'missing', 'not_applicable', 'break', 'suppressed')),
  definition_version smallint not null,
  computed_at timestamptz not null,
  constraint backcast_n_reported_check check (n_reported <= n_expected),
  primary key (area_key, period_key, indicator_key, cut_key));
comment on table mart.backcast is 'Indicators whose definition changed: old periods under the newest definition, of all levels, beside the published cells, which keep the definition of their time: one row per period, indicator, cut and area. The first published period of each kind that the newest definition holds for stands here too, as it is published but with status break: it is where the published series changes its definition. The back-cast rows, that row and what is published after it are one series under one definition.';
comment on column mart.backcast.period_key is 'Period that the value is for.';
comment on column mart.backcast.indicator_key is 'What is measured.';
comment on column mart.backcast.cut_key is 'What it is cut by; 0 is the total.';
comment on column mart.backcast.area_key is 'School or area in its position of that time.';
comment on column mart.backcast.numerator is 'Numerator under the newest definition; null: nothing reported that it needs.';
comment on column mart.backcast.denominator is 'Denominator, in the same units; null: the indicator has none, or nothing reported that it needs.';
comment on column mart.backcast.ratio is 'numerator / denominator, unscaled: a percentage is 0 to 1; null where there is none.';
comment on column mart.backcast.n_expected is 'Submissions owed.';
comment on column mart.backcast.n_reported is 'Submissions of those that came and count.';
comment on column mart.backcast.status is 'ok, provisional, missing, not_applicable or suppressed; break: the published series changes its definition here (or a cell below could not be computed).';
comment on column mart.backcast.definition_version is 'Version of the indicator''s definition that was used: the newest when it was computed.';
comment on column mart.backcast.computed_at is 'When the row was written; it follows later submissions when `emis indicator backcast` is run again.';
create index backcast_cut_idx on mart.backcast (indicator_key, period_key, cut_key);
