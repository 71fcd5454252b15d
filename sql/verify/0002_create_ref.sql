-- Fails unless 0002_create_ref.sql did what it says: names, types, constraints, indexes, comments. Later migrations and the catalogue may add to it;
-- columns that 0010_choose_calendars.sql changes are its verify's.
do $$
declare
  missing text;
begin
  perform set_config('search_path', 'pg_catalog', true); -- definitions print qualified names
  select string_agg(e.relation || '.' || e.name, ', ') into missing
  from (values
    ('ref.version', 'only_row', 'boolean', true),
    ('ref.version', 'version', 'bigint', true),
    ('ref.level', 'level_no', 'smallint', true),
    ('ref.level', 'code', 'text', true),
    ('ref.catalogue_number', 'kind', 'text', true),
    ('ref.catalogue_number', 'code', 'text', true),
    ('ref.catalogue_number', 'number', 'smallint', true),
    ('ref.catalogue_document', 'path', 'text', true),
    ('ref.catalogue_document', 'since_version', 'bigint', true),
    ('ref.catalogue_document', 'until_version', 'bigint', false),
    ('ref.catalogue_document', 'sha256', 'bytea', true),
    ('ref.catalogue_document', 'body', 'text', true),
    ('ref.unit', 'unit_id', 'integer', true),
    ('ref.unit', 'code', 'text', true),
    ('ref.unit', 'level_no', 'smallint', true),
    ('ref.unit', 'since_version', 'bigint', true),
    ('ref.calendar', 'since_version', 'bigint', true),
    ('ref.calendar', 'until_version', 'bigint', false),
    ('ref.calendar_closed_day', 'on_date', 'date', true),
    ('ref.calendar_closed_day', 'reason', 'text', true),
    ('ref.calendar_closed_day', 'since_version', 'bigint', true),
    ('ref.calendar_closed_day', 'until_version', 'bigint', false),
    ('ref.place', 'place_id', 'integer', true),
    ('ref.place', 'unit_id', 'integer', true),
    ('ref.place', 'parent_place_id', 'integer', false),
    ('ref.place', 'lane', 'integer', true),
    ('ref.place', 'level_no', 'smallint', true),
    ('ref.place', 'path', 'integer[]', true),
    ('ref.place', 'name', 'text', true),
    ('ref.place', 'lat', 'numeric(8,5)', false),
    ('ref.place', 'lon', 'numeric(8,5)', false),
    ('ref.place', 'valid_from', 'date', true),
    ('ref.place', 'valid_to', 'date', true),
    ('ref.place', 'since_version', 'bigint', true),
    ('ref.place', 'until_version', 'bigint', false),
    ('ref.place_label', 'place_id', 'integer', true),
    ('ref.place_label', 'language', 'text', true),
    ('ref.place_label', 'name', 'text', true),
    ('ref.unit_succession', 'succession_id', 'integer', true),
    ('ref.unit_succession', 'from_unit_id', 'integer', true),
    ('ref.unit_succession', 'to_unit_id', 'integer', true),
    ('ref.unit_succession', 'kind', 'text', true),
    ('ref.unit_succession', 'weight_percent', 'smallint', true),
    ('ref.unit_succession', 'effective_on', 'date', true),
    ('ref.unit_succession', 'since_version', 'bigint', true),
    ('ref.unit_succession', 'until_version', 'bigint', false),
    ('ref.unit_code', 'unit_id', 'integer', true),
    ('ref.unit_code', 'scheme', 'text', true),
    ('ref.unit_code', 'code', 'text', true),
    ('ref.unit_code', 'valid_from', 'date', true),
    ('ref.unit_code', 'valid_to', 'date', true),
    ('ref.unit_code', 'since_version', 'bigint', true),
    ('ref.unit_code', 'until_version', 'bigint', false),
    ('ref.period', 'period_id', 'integer', true),
    ('ref.period', 'kind', 'text', true),
    ('ref.period', 'code', 'text', true),
    ('ref.period', 'starts_on', 'date', true),
    ('ref.period', 'ends_on', 'date', true),
    ('ref.period', 'school_year', 'smallint', true),
    ('ref.period_within', 'period_id', 'integer', true),
    ('ref.period_within', 'leaf_period_id', 'integer', true),
    ('ref.period_opening', 'form_id', 'smallint', true),
    ('ref.period_opening', 'period_id', 'integer', true),
    ('ref.period_opening', 'opened_at', 'timestamp with time zone', true),
    ('ref.period_opening', 'since_version', 'bigint', true)
  ) e (relation, name, type, is_required)
  left join pg_attribute a on a.attrelid = to_regclass(e.relation) and a.attname = e.name and not a.attisdropped
  where a.attnum is null or format_type(a.atttypid, a.atttypmod) <> e.type or a.attnotnull <> e.is_required;
  if missing is not null then
    raise exception 'columns missing or of another type: %', missing;
  end if;
  select string_agg(e.relation, ', ') into missing
  from (values
    ('ref.version'), ('ref.level'), ('ref.catalogue_number'), ('ref.catalogue_document'), ('ref.unit'),
    ('ref.calendar'), ('ref.calendar_closed_day'), ('ref.place'), ('ref.place_label'),
    ('ref.unit_succession'), ('ref.unit_code'), ('ref.period'), ('ref.period_within'), ('ref.period_opening')
  ) e (relation)
  where obj_description(to_regclass(e.relation), 'pg_class') is null
    or exists (select from pg_attribute a where a.attrelid = to_regclass(e.relation) and a.attnum > 0 and not a.attisdropped
      and col_description(a.attrelid, a.attnum) is null);
  if missing is not null then
    raise exception 'tables or columns without comment: %', missing;
  end if;
  select string_agg(e.relation || ' ' || e.name, ', ') into missing
  from (values
    ('ref.version', 'version_only_row_check', 'CHECK (only_row)'),
    ('ref.version', 'version_pkey', 'PRIMARY KEY (only_row)'),
    ('ref.level', 'level_code_check', 'CHECK ((code ~ ''^[a-z][a-z0-9_]{0,40}$''::text))'),
    ('ref.level', 'level_level_no_check', 'CHECK (((level_no >= 0) AND (level_no <= 15)))'),
    ('ref.level', 'level_pkey', 'PRIMARY KEY (level_no)'),
    ('ref.level', 'level_code_key', 'UNIQUE (code)'),
    ('ref.catalogue_number', 'catalogue_number_number_check', 'CHECK (((number >= 1) AND (number <= 32000)))'),
    ('ref.catalogue_number', 'catalogue_number_pkey', 'PRIMARY KEY (kind, code)'),
    ('ref.catalogue_number', 'catalogue_number_kind_number_key', 'UNIQUE (kind, number)'),
    ('ref.catalogue_document', 'catalogue_document_pkey', 'PRIMARY KEY (path, since_version)'),
    ('ref.unit', 'unit_code_check', 'CHECK (((length(code) >= 1) AND (length(code) <= 60)))'),
    ('ref.unit', 'unit_level_no_fkey', 'FOREIGN KEY (level_no) REFERENCES ref.level(level_no)'),
    ('ref.unit', 'unit_pkey', 'PRIMARY KEY (unit_id)'),
    ('ref.unit', 'unit_code_key', 'UNIQUE (code)'),
    ('ref.calendar', 'calendar_area_unit_id_fkey', 'FOREIGN KEY (area_unit_id) REFERENCES ref.unit(unit_id)'),
    ('ref.calendar', 'calendar_pkey', 'PRIMARY KEY (calendar_id)'),
    ('ref.calendar_closed_day', 'calendar_closed_day_calendar_id_fkey', 'FOREIGN KEY (calendar_id) REFERENCES ref.calendar(calendar_id)'),
    ('ref.calendar_closed_day', 'calendar_closed_day_pkey', 'PRIMARY KEY (calendar_id, on_date, since_version)'),
    ('ref.place', 'place_lat_check', 'CHECK (((lat >= (''-90''::integer)::numeric) AND (lat <= (90)::numeric)))'),
    ('ref.place', 'place_lon_check', 'CHECK (((lon >= (''-180''::integer)::numeric) AND (lon <= (180)::numeric)))'),
    ('ref.place', 'place_path_check', 'CHECK (((cardinality(path) = (level_no + 1)) AND (path[(level_no + 1)] = place_id)))'),
    ('ref.place', 'place_valid_check', 'CHECK ((valid_from < valid_to))'),
    ('ref.place', 'place_calendar_id_fkey', 'FOREIGN KEY (calendar_id) REFERENCES ref.calendar(calendar_id)'),
    ('ref.place', 'place_unit_id_fkey', 'FOREIGN KEY (unit_id) REFERENCES ref.unit(unit_id)'),
    ('ref.place', 'place_pkey', 'PRIMARY KEY (place_id, since_version)'),
    ('ref.place', 'place_unit_id_valid_excl',
      'EXCLUDE USING gist (unit_id WITH =, daterange(valid_from, valid_to) WITH &&) WHERE ((until_version IS NULL))'),
    ('ref.place_label', 'place_label_pkey', 'PRIMARY KEY (place_id, language)'),
    ('ref.unit_succession', 'unit_succession_kind_check', 'CHECK ((kind = ANY (ARRAY[''merge''::text, ''split''::text])))'),
    ('ref.unit_succession', 'unit_succession_weight_percent_check', 'CHECK (((weight_percent >= 1) AND (weight_percent <= 100)))'),
    ('ref.unit_succession', 'unit_succession_from_unit_id_fkey', 'FOREIGN KEY (from_unit_id) REFERENCES ref.unit(unit_id)'),
    ('ref.unit_succession', 'unit_succession_to_unit_id_fkey', 'FOREIGN KEY (to_unit_id) REFERENCES ref.unit(unit_id)'),
    ('ref.unit_succession', 'unit_succession_pkey', 'PRIMARY KEY (succession_id)'),
    ('ref.unit_code', 'unit_code_unit_id_fkey', 'FOREIGN KEY (unit_id) REFERENCES ref.unit(unit_id)'),
    ('ref.unit_code', 'unit_code_pkey', 'PRIMARY KEY (scheme, code, valid_from, since_version)'),
    ('ref.period', 'period_check', 'CHECK ((starts_on <= ends_on))'),
    ('ref.period', 'period_kind_check',
      'CHECK ((kind = ANY (ARRAY[''day''::text, ''week''::text, ''month''::text, ''quarter''::text, ''term''::text, ''school_year''::text, ''campaign''::text])))'),
    ('ref.period', 'period_pkey', 'PRIMARY KEY (period_id)'),
    ('ref.period', 'period_code_key', 'UNIQUE (code)'),
    ('ref.period_within', 'period_within_leaf_period_id_fkey', 'FOREIGN KEY (leaf_period_id) REFERENCES ref.period(period_id)'),
    ('ref.period_within', 'period_within_period_id_fkey', 'FOREIGN KEY (period_id) REFERENCES ref.period(period_id)'),
    ('ref.period_within', 'period_within_pkey', 'PRIMARY KEY (leaf_period_id, period_id)'),
    ('ref.period_opening', 'period_opening_period_id_fkey', 'FOREIGN KEY (period_id) REFERENCES ref.period(period_id)'),
    ('ref.period_opening', 'period_opening_pkey', 'PRIMARY KEY (form_id, period_id)')
  ) e (relation, name, definition)
  left join pg_constraint k on k.conrelid = to_regclass(e.relation) and k.conname = e.name
  where pg_get_constraintdef(k.oid) is distinct from e.definition;
  if missing is not null then
    raise exception 'constraints missing or different: %', missing;
  end if;
  select string_agg(e.name, ', ') into missing
  from (values
    ('ref.calendar_closed_day_calendar_id_on_date_key',
      'CREATE UNIQUE INDEX calendar_closed_day_calendar_id_on_date_key ON ref.calendar_closed_day USING btree (calendar_id, on_date) WHERE (until_version IS NULL)'),
    ('ref.catalogue_document_path_key',
      'CREATE UNIQUE INDEX catalogue_document_path_key ON ref.catalogue_document USING btree (path) WHERE (until_version IS NULL)'),
    ('ref.period_kind_ends_on_idx', 'CREATE INDEX period_kind_ends_on_idx ON ref.period USING btree (kind, ends_on)'),
    ('ref.period_within_period_id_idx',
      'CREATE INDEX period_within_period_id_idx ON ref.period_within USING btree (period_id, leaf_period_id)'),
    ('ref.place_lane_idx', 'CREATE INDEX place_lane_idx ON ref.place USING btree (lane, level_no)'),
    ('ref.place_parent_place_id_idx', 'CREATE INDEX place_parent_place_id_idx ON ref.place USING btree (parent_place_id)'),
    ('ref.place_unit_id_idx', 'CREATE INDEX place_unit_id_idx ON ref.place USING btree (unit_id)')
  ) e (name, definition)
  where to_regclass(e.name) is null or pg_get_indexdef(to_regclass(e.name)) <> e.definition;
  if missing is not null then
    raise exception 'indexes missing or different: %', missing;
  end if;
  if not exists (select from ref.version) then
    raise exception 'ref.version has no row';
  end if;
end
$$;
