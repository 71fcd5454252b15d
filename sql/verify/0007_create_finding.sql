-- Fails unless 0007_create_finding.sql did what it says: names, types, constraints, indexes, comments. Later migrations may add to it.
do $$
declare
  missing text;
begin
  perform set_config('search_path', 'pg_catalog', true); -- definitions print qualified names
  select string_agg(e.relation || '.' || e.name, ', ') into missing
  from (values
    ('ref.rule_text', 'rule_id', 'smallint', true),
    ('ref.rule_text', 'language', 'text', true),
    ('ref.rule_text', 'text', 'text', true),
    ('control.finding', 'finding_id', 'bigint', true),
    ('control.finding', 'rule_id', 'smallint', true),
    ('control.finding', 'unit_id', 'integer', true),
    ('control.finding', 'lane', 'integer', true),
    ('control.finding', 'period_id', 'integer', true),
    ('control.finding', 'subject', 'text', true),
    ('control.finding', 'rule_version', 'smallint', true),
    ('control.finding', 'severity', 'text', true),
    ('control.finding', 'seen', 'jsonb', true),
    ('control.finding', 'opened_at', 'timestamp with time zone', true),
    ('control.finding', 'seen_at', 'timestamp with time zone', true),
    ('control.finding', 'closed_at', 'timestamp with time zone', false),
    ('control.finding_text', 'rule', 'text', false),
    ('control.finding_text', 'unit', 'text', false),
    ('control.finding_text', 'period', 'text', false),
    ('control.finding_text', 'language', 'text', false),
    ('control.finding_text', 'text', 'text', false)
  ) e (relation, name, type, is_required)
  left join pg_attribute a on a.attrelid = to_regclass(e.relation) and a.attname = e.name and not a.attisdropped
  where a.attnum is null or format_type(a.atttypid, a.atttypmod) <> e.type or a.attnotnull <> e.is_required;
  if missing is not null then
    raise exception 'columns missing or of another type: %', missing;
  end if;
  select string_agg(e.relation, ', ') into missing
  from (values ('ref.rule_text'), ('control.finding'), ('control.finding_text')) e (relation)
  where obj_description(to_regclass(e.relation), 'pg_class') is null
    or exists (select from pg_attribute a where a.attrelid = to_regclass(e.relation) and a.attnum > 0 and not a.attisdropped
      and col_description(a.attrelid, a.attnum) is null);
  if missing is not null then
    raise exception 'tables or columns without comment: %', missing;
  end if;
  select string_agg(e.relation || ' ' || e.name, ', ') into missing
  from (values
    ('ref.rule_text', 'rule_text_pkey', 'PRIMARY KEY (rule_id, language)'),
    ('control.finding', 'finding_pkey', 'PRIMARY KEY (unit_id, finding_id)'),
    ('control.finding', 'finding_severity_check', 'CHECK ((severity = ANY (ARRAY[''warn''::text, ''high''::text])))')
  ) e (relation, name, definition)
  left join pg_constraint k on k.conrelid = to_regclass(e.relation) and k.conname = e.name
  where pg_get_constraintdef(k.oid) is distinct from e.definition;
  if missing is not null then
    raise exception 'constraints missing or different: %', missing;
  end if;
  select string_agg(e.name, ', ') into missing
  from (values
    ('control.finding_open_key',
      'CREATE UNIQUE INDEX finding_open_key ON control.finding USING btree (unit_id, rule_id, period_id, subject, lane) WHERE (closed_at IS NULL)'),
    ('control.finding_subject_idx',
      'CREATE INDEX finding_subject_idx ON control.finding USING btree (rule_id, period_id, subject) WHERE (closed_at IS NULL)')
  ) e (name, definition)
  where to_regclass(e.name) is null or pg_get_indexdef(to_regclass(e.name)) <> e.definition;
  if missing is not null then
    raise exception 'indexes missing or different: %', missing;
  end if;
end
$$;
