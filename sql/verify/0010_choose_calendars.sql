-- Fails unless 0010_choose_calendars.sql did what it says: names, types, constraints, indexes, comments. Later migrations may add to it.
do $$
declare
  missing text;
begin
  perform set_config('search_path', 'pg_catalog', true); -- definitions print qualified names
  select string_agg(e.relation || '.' || e.name, ', ') into missing
  from (values
    ('ref.calendar', 'calendar_id', 'integer', true),
    ('ref.calendar', 'area_unit_id', 'integer', false),
    ('ref.calendar', 'attribute', 'text', false),
    ('ref.calendar', 'code', 'text', false),
    ('ref.calendar', 'code_number', 'smallint', false),
    ('ref.calendar', 'base_calendar_id', 'integer', false),
    ('ref.calendar', 'exceptions', 'jsonb', false),
    ('ref.calendar_closed_day', 'calendar_id', 'integer', true),
    ('ref.calendar_closed_day', 'kind', 'text', true),
    ('ref.calendar_exception', 'unit_id', 'integer', true),
    ('ref.calendar_exception', 'on_date', 'date', true),
    ('ref.calendar_exception', 'kind', 'text', true),
    ('ref.calendar_exception', 'reason', 'text', true),
    ('ref.calendar_exception', 'since_version', 'bigint', true),
    ('ref.calendar_exception', 'until_version', 'bigint', false),
    ('ref.place', 'calendar_id', 'integer', false)
  ) e (relation, name, type, is_required)
  left join pg_attribute a on a.attrelid = to_regclass(e.relation) and a.attname = e.name and not a.attisdropped
  where a.attnum is null or format_type(a.atttypid, a.atttypmod) <> e.type or a.attnotnull <> e.is_required or col_description(a.attrelid, a.attnum) is null;
  if missing is not null then
    raise exception 'columns missing, of another type or without comment: %', missing;
  end if;
  select string_agg(e.relation || ' ' || e.name, ', ') into missing
  from (values
    ('ref.calendar', 'calendar_attribute_check'),
    ('ref.calendar', 'calendar_exceptions_check'),
    ('ref.calendar_closed_day', 'calendar_closed_day_kind_check'),
    ('ref.calendar_exception', 'calendar_exception_kind_check'),
    ('ref.calendar_exception', 'calendar_exception_pkey'),
    ('ref.calendar_exception', 'calendar_exception_unit_id_fkey')
  ) e (relation, name)
  where not exists (select from pg_constraint c where c.conrelid = to_regclass(e.relation) and c.conname = e.name and c.convalidated);
  if missing is not null then
    raise exception 'constraints missing: %', missing;
  end if;
  select string_agg(e.name, ', ') into missing
  from (values
    ('ref.calendar_area_unit_id_idx', 'CREATE INDEX calendar_area_unit_id_idx ON ref.calendar USING btree (area_unit_id) WHERE (until_version IS NULL)'),
    ('ref.calendar_exception_unit_id_on_date_key',
      'CREATE UNIQUE INDEX calendar_exception_unit_id_on_date_key ON ref.calendar_exception USING btree (unit_id, on_date) WHERE (until_version IS NULL)')
  ) e (name, definition)
  where to_regclass(e.name) is null or pg_get_indexdef(to_regclass(e.name)) <> e.definition;
  if missing is not null then
    raise exception 'indexes missing or otherwise: %', missing;
  end if;
end
$$;
