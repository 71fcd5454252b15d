-- Fails unless 0011_create_backcast.sql did what it says: names, types, constraints, index, comments. Later migrations may add to it.
do $$
declare
  missing text;
begin
  perform set_config('search_path', 'pg_catalog', true); -- definitions print qualified names
  select string_agg(e.name, ', ') into missing
  from (values
    ('period_key', 'integer', true), ('indicator_key', 'smallint', true), ('cut_key', 'smallint', true), ('area_key', 'integer', true),
    ('numerator', 'bigint', false), ('denominator', 'bigint', false), ('ratio', 'numeric(20,6)', false), ('n_expected', 'integer', true), ('n_reported', 'integer', true),
    ('status', 'text', true), ('definition_version', 'smallint', true), ('computed_at', 'timestamp with time zone', true)
  ) e (name, type, is_required)
  left join pg_attribute a on a.attrelid = to_regclass('mart.backcast') and a.attname = e.name and not a.attisdropped
  where a.attnum is null or format_type(a.atttypid, a.atttypmod) <> e.type or a.attnotnull <> e.is_required or col_description(a.attrelid, a.attnum) is null
    or (a.attgenerated = 's') <> (e.name = 'ratio');
  if missing is not null then
    raise exception 'columns missing, of another type or without comment: %', missing;
  end if;
  if obj_description(to_regclass('mart.backcast'), 'pg_class') is null then
    raise exception 'mart.backcast has no comment';
  end if;
  select string_agg(e.name, ', ') into missing
  from (values
    ('backcast_period_key_fkey', 'FOREIGN KEY (period_key) REFERENCES mart.dim_period(period_key)'),
    ('backcast_indicator_key_fkey', 'FOREIGN KEY (indicator_key) REFERENCES mart.dim_indicator(indicator_key)'),
    ('backcast_cut_key_fkey', 'FOREIGN KEY (cut_key) REFERENCES mart.dim_cut(cut_key)'),
    ('backcast_area_key_fkey', 'FOREIGN KEY (area_key) REFERENCES mart.dim_area(area_key)'),
    ('backcast_n_reported_check', 'CHECK ((n_reported <= n_expected))'),
    ('backcast_pkey', 'PRIMARY KEY (area_key, period_key, indicator_key, cut_key)')
  ) e (name, definition)
  left join pg_constraint k on k.conrelid = to_regclass('mart.backcast') and k.conname = e.name
  where pg_get_constraintdef(k.oid) is distinct from e.definition;
  if missing is not null then
    raise exception 'constraints missing or different: %', missing;
  end if;
  if not exists (select from pg_constraint where conrelid = to_regclass('mart.backcast') and conname = 'backcast_status_check' and convalidated) then
    raise exception 'the check of status is missing';
  end if;
  if to_regclass('mart.backcast_cut_idx') is null
    or pg_get_indexdef(to_regclass('mart.backcast_cut_idx')) <> 'CREATE INDEX backcast_cut_idx ON mart.backcast USING btree (indicator_key, period_key, cut_key)'
  then
    raise exception 'index backcast_cut_idx missing or different';
  end if;
end
$$;
