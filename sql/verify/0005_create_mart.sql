-- Fails unless 0005_create_mart.sql did what it says: names, types, constraints, indexes, comments. Later migrations and the catalogue may add to it.
do $$
declare
  missing text;
begin
  perform set_config('search_path', 'pg_catalog', true); -- definitions print qualified names
  select string_agg(e.relation || '.' || e.name, ', ') into missing
  from (values
    ('mart.dim_area', 'area_key', 'integer', true),
    ('mart.dim_area', 'parent_area_key', 'integer', false),
    ('mart.dim_area', 'unit_code', 'text', true),
    ('mart.dim_area', 'level_no', 'smallint', true),
    ('mart.dim_area', 'level_code', 'text', true),
    ('mart.dim_area', 'name', 'text', true),
    ('mart.dim_area', 'valid_from', 'date', true),
    ('mart.dim_area', 'valid_to', 'date', true),
    ('mart.dim_area', 'is_current', 'boolean', true),
    ('mart.dim_area_label', 'area_key', 'integer', true),
    ('mart.dim_area_label', 'language', 'text', true),
    ('mart.dim_area_label', 'name', 'text', true),
    ('mart.dim_period', 'period_key', 'integer', true),
    ('mart.dim_period', 'code', 'text', true),
    ('mart.dim_period', 'kind', 'text', true),
    ('mart.dim_period', 'starts_on', 'date', true),
    ('mart.dim_period', 'ends_on', 'date', true),
    ('mart.dim_period', 'school_year', 'smallint', true),
    ('mart.dim_indicator', 'indicator_key', 'smallint', true),
    ('mart.dim_indicator', 'code', 'text', true),
    ('mart.dim_indicator', 'name', 'text', true),
    ('mart.dim_indicator', 'definition', 'text', true),
    ('mart.dim_indicator', 'unit', 'text', true),
    ('mart.dim_indicator', 'factor', 'integer', true),
    ('mart.dim_indicator', 'decimals', 'smallint', true),
    ('mart.dim_indicator', 'direction', 'smallint', true),
    ('mart.dim_indicator', 'roll_up', 'text', true),
    ('mart.dim_indicator', 'source', 'text', true),
    ('mart.dim_indicator_label', 'indicator_key', 'smallint', true),
    ('mart.dim_indicator_label', 'language', 'text', true),
    ('mart.dim_indicator_label', 'name', 'text', true),
    ('mart.dim_cut', 'cut_key', 'smallint', true),
    ('mart.dim_cut', 'dimension', 'text', true),
    ('mart.dim_cut', 'member', 'text', true),
    ('mart.dim_cut', 'name', 'text', true),
    ('mart.dim_date', 'date_key', 'date', true),
    ('mart.dim_date', 'year', 'smallint', true),
    ('mart.dim_date', 'month', 'smallint', true),
    ('mart.dim_date', 'day', 'smallint', true),
    ('mart.dim_date', 'iso_week', 'smallint', true),
    ('mart.dim_date', 'weekday', 'smallint', true),
    ('sec.role_area', 'role_name', 'name', true),
    ('sec.role_area', 'area_unit_id', 'integer', true)
  ) e (relation, name, type, is_required)
  left join pg_attribute a on a.attrelid = to_regclass(e.relation) and a.attname = e.name and not a.attisdropped
  where a.attnum is null or format_type(a.atttypid, a.atttypmod) <> e.type or a.attnotnull <> e.is_required;
  if missing is not null then
    raise exception 'columns missing or of another type: %', missing;
  end if;
  select string_agg(e.relation, ', ') into missing
  from (values
    ('mart.dim_area'), ('mart.dim_area_label'), ('mart.dim_period'), ('mart.dim_indicator'),
    ('mart.dim_indicator_label'), ('mart.dim_cut'), ('mart.dim_date'), ('sec.role_area')
  ) e (relation)
  where obj_description(to_regclass(e.relation), 'pg_class') is null
    or exists (select from pg_attribute a where a.attrelid = to_regclass(e.relation) and a.attnum > 0 and not a.attisdropped
      and col_description(a.attrelid, a.attnum) is null);
  if missing is not null then
    raise exception 'tables or columns without comment: %', missing;
  end if;
  select string_agg(e.relation || ' ' || e.name, ', ') into missing
  from (values
    ('mart.dim_area', 'dim_area_parent_area_key_fkey', 'FOREIGN KEY (parent_area_key) REFERENCES mart.dim_area(area_key)'),
    ('mart.dim_area', 'dim_area_pkey', 'PRIMARY KEY (area_key)'),
    ('mart.dim_area_label', 'dim_area_label_area_key_fkey', 'FOREIGN KEY (area_key) REFERENCES mart.dim_area(area_key)'),
    ('mart.dim_area_label', 'dim_area_label_pkey', 'PRIMARY KEY (area_key, language)'),
    ('mart.dim_period', 'dim_period_pkey', 'PRIMARY KEY (period_key)'),
    ('mart.dim_period', 'dim_period_code_key', 'UNIQUE (code)'),
    ('mart.dim_indicator', 'dim_indicator_direction_check', 'CHECK ((direction = ANY (ARRAY[''-1''::integer, 0, 1])))'),
    ('mart.dim_indicator', 'dim_indicator_pkey', 'PRIMARY KEY (indicator_key)'),
    ('mart.dim_indicator', 'dim_indicator_code_key', 'UNIQUE (code)'),
    ('mart.dim_indicator_label', 'dim_indicator_label_indicator_key_fkey',
      'FOREIGN KEY (indicator_key) REFERENCES mart.dim_indicator(indicator_key)'),
    ('mart.dim_indicator_label', 'dim_indicator_label_pkey', 'PRIMARY KEY (indicator_key, language)'),
    ('mart.dim_cut', 'dim_cut_pkey', 'PRIMARY KEY (cut_key)'),
    ('mart.dim_cut', 'dim_cut_dimension_member_key', 'UNIQUE (dimension, member)'),
    ('mart.dim_date', 'dim_date_pkey', 'PRIMARY KEY (date_key)'),
    ('sec.role_area', 'role_area_area_unit_id_fkey', 'FOREIGN KEY (area_unit_id) REFERENCES ref.unit(unit_id)'),
    ('sec.role_area', 'role_area_pkey', 'PRIMARY KEY (role_name)')
  ) e (relation, name, definition)
  left join pg_constraint k on k.conrelid = to_regclass(e.relation) and k.conname = e.name
  where pg_get_constraintdef(k.oid) is distinct from e.definition;
  if missing is not null then
    raise exception 'constraints missing or different: %', missing;
  end if;
  select string_agg(e.name, ', ') into missing
  from (values
    ('mart.dim_area_parent_area_key_idx', 'CREATE INDEX dim_area_parent_area_key_idx ON mart.dim_area USING btree (parent_area_key)'),
    ('mart.dim_area_unit_code_idx', 'CREATE INDEX dim_area_unit_code_idx ON mart.dim_area USING btree (unit_code)')
  ) e (name, definition)
  where to_regclass(e.name) is null or pg_get_indexdef(to_regclass(e.name)) <> e.definition;
  if missing is not null then
    raise exception 'indexes missing or different: %', missing;
  end if;
  if not exists (select from mart.dim_cut) then
    raise exception 'mart.dim_cut has no row';
  end if;
end
$$;
