-- Fails unless 0004_create_intake.sql did what it says: names, types, constraints, indexes, comments. Later migrations and the catalogue may add to it.
do $$
declare
  missing text;
begin
  perform set_config('search_path', 'pg_catalog', true); -- definitions print qualified names
  select string_agg(e.relation || '.' || e.name, ', ') into missing
  from (values
    ('intake.ledger', 'log_no', 'smallint', true),
    ('intake.ledger', 'part', 'smallint', true),
    ('intake.ledger', 'kafka_offset', 'bigint', true),
    ('intake.ledger', 'received_at', 'timestamp with time zone', true),
    ('intake.ledger', 'outcome', '"char"', true),
    ('intake.ledger', 'code', 'smallint', false),
    ('intake.ledger', 'submission_key', 'bigint', false),
    ('intake.ledger', 'byte_count', 'integer', true),
    ('intake.ledger', 'sha256', 'bytea', true),
    ('intake.ledger_default', 'log_no', 'smallint', true),
    ('intake.ledger_default', 'part', 'smallint', true),
    ('intake.ledger_default', 'kafka_offset', 'bigint', true),
    ('intake.ledger_default', 'received_at', 'timestamp with time zone', true),
    ('intake.ledger_default', 'outcome', '"char"', true),
    ('intake.ledger_default', 'code', 'smallint', false),
    ('intake.ledger_default', 'submission_key', 'bigint', false),
    ('intake.ledger_default', 'byte_count', 'integer', true),
    ('intake.ledger_default', 'sha256', 'bytea', true),
    ('intake.submission', 'submission_key', 'bigint', true),
    ('intake.submission', 'submission_id', 'uuid', true),
    ('intake.submission', 'form_id', 'smallint', true),
    ('intake.submission', 'form_version', 'smallint', true),
    ('intake.submission', 'period_id', 'integer', true),
    ('intake.submission', 'unit_id', 'integer', true),
    ('intake.submission', 'part_key', 'text', true),
    ('intake.submission', 'revision', 'integer', true),
    ('intake.submission', 'is_retract', 'boolean', true),
    ('intake.submission', 'is_late', 'boolean', true),
    ('intake.submission', 'content_sha256', 'bytea', true),
    ('intake.submission', 'received_at', 'timestamp with time zone', true),
    ('intake.submission', 'submitted_at', 'timestamp with time zone', true),
    ('intake.submission', 'sender', 'text', true),
    ('intake.submission', 'late_reason', 'text', false),
    ('intake.submission', 'log_no', 'smallint', true),
    ('intake.submission', 'part', 'smallint', true),
    ('intake.submission', 'kafka_offset', 'bigint', true),
    ('intake.current', 'form_id', 'smallint', true),
    ('intake.current', 'period_id', 'integer', true),
    ('intake.current', 'unit_id', 'integer', true),
    ('intake.current', 'part_key', 'text', true),
    ('intake.current', 'submission_key', 'bigint', true),
    ('intake.current', 'revision', 'integer', true),
    ('intake.current', 'is_retract', 'boolean', true),
    ('intake.current', 'is_late', 'boolean', true),
    ('intake.current', 'content_sha256', 'bytea', true),
    ('intake.held', 'log_no', 'smallint', true),
    ('intake.held', 'part', 'smallint', true),
    ('intake.held', 'kafka_offset', 'bigint', true),
    ('intake.held', 'outcome', '"char"', true),
    ('intake.held', 'code', 'smallint', true),
    ('intake.held', 'cause', 'text', false),
    ('intake.held', 'pointer', 'text', false),
    ('intake.held', 'message', 'text', false),
    ('intake.held', 'faults', 'text', false),
    ('intake.held', 'registry_version', 'bigint', true),
    ('intake.held', 'received_at', 'timestamp with time zone', true),
    ('intake.held', 'recorded_at', 'timestamp with time zone', true),
    ('intake.held', 'record_key', 'bytea', false),
    ('intake.held', 'headers', 'bytea', false),
    ('intake.held', 'raw', 'bytea', false),
    ('intake.held', 'settled_at', 'timestamp with time zone', false),
    ('intake.held', 'settled_outcome', '"char"', false),
    ('intake.held', 'settled_code', 'smallint', false),
    ('intake.held', 'settled_submission_key', 'bigint', false),
    ('intake.held', 'settled_version', 'bigint', false),
    ('intake.held', 'replayed_at_offset', 'bigint', false),
    ('intake.warning', 'submission_key', 'bigint', true),
    ('intake.warning', 'unit_id', 'integer', true),
    ('intake.warning', 'rule_id', 'smallint', true),
    ('intake.warning', 'pointer', 'text', true)
  ) e (relation, name, type, is_required)
  left join pg_attribute a on a.attrelid = to_regclass(e.relation) and a.attname = e.name and not a.attisdropped
  where a.attnum is null or format_type(a.atttypid, a.atttypmod) <> e.type or a.attnotnull <> e.is_required;
  if missing is not null then
    raise exception 'columns missing or of another type: %', missing;
  end if;
  select string_agg(e.relation, ', ') into missing
  from (values
    ('intake.ledger'), ('intake.submission'), ('intake.current'), ('intake.held'), ('intake.warning')
  ) e (relation)
  where obj_description(to_regclass(e.relation), 'pg_class') is null
    or exists (select from pg_attribute a where a.attrelid = to_regclass(e.relation) and a.attnum > 0 and not a.attisdropped
      and col_description(a.attrelid, a.attnum) is null);
  if missing is not null then
    raise exception 'tables or columns without comment: %', missing;
  end if;
  select string_agg(e.relation || ' ' || e.name, ', ') into missing
  from (values
    ('intake.ledger', 'ledger_code_check', 'CHECK (((outcome = ANY (ARRAY[''r''::"char", ''p''::"char"])) = (code IS NOT NULL)))'),
    ('intake.ledger', 'ledger_outcome_check',
      'CHECK ((outcome = ANY (ARRAY[''a''::"char", ''s''::"char", ''d''::"char", ''r''::"char", ''p''::"char"])))'),
    ('intake.ledger', 'ledger_pkey', 'PRIMARY KEY (log_no, part, kafka_offset)'),
    ('intake.ledger_default', 'ledger_code_check', 'CHECK (((outcome = ANY (ARRAY[''r''::"char", ''p''::"char"])) = (code IS NOT NULL)))'),
    ('intake.ledger_default', 'ledger_outcome_check',
      'CHECK ((outcome = ANY (ARRAY[''a''::"char", ''s''::"char", ''d''::"char", ''r''::"char", ''p''::"char"])))'),
    ('intake.ledger_default', 'ledger_default_pkey', 'PRIMARY KEY (log_no, part, kafka_offset)'),
    ('intake.submission', 'submission_kafka_offset_check', 'CHECK (((kafka_offset >= 0) AND (kafka_offset <= (((1)::bigint << 40) - 1))))'),
    ('intake.submission', 'submission_key_check',
      'CHECK ((submission_key = ((((log_no)::bigint << 53) | ((part)::bigint << 40)) | kafka_offset)))'),
    ('intake.submission', 'submission_revision_check', 'CHECK ((revision >= 1))'),
    ('intake.submission', 'submission_pkey', 'PRIMARY KEY (submission_key, unit_id)'),
    ('intake.submission', 'submission_submission_id_unit_id_key', 'UNIQUE (submission_id, unit_id)'),
    ('intake.current', 'current_pkey', 'PRIMARY KEY (form_id, period_id, unit_id, part_key)'),
    ('intake.held', 'held_outcome_check', 'CHECK ((outcome = ANY (ARRAY[''r''::"char", ''p''::"char"])))'),
    ('intake.held', 'held_settled_check',
      'CHECK ((((settled_at IS NULL) = (settled_outcome IS NULL)) AND ((settled_at IS NULL) OR (outcome = ''p''::"char"))))'),
    ('intake.held', 'held_settled_outcome_check',
      'CHECK ((settled_outcome = ANY (ARRAY[''a''::"char", ''s''::"char", ''d''::"char", ''r''::"char"])))'),
    ('intake.held', 'held_pkey', 'PRIMARY KEY (log_no, part, kafka_offset)'),
    ('intake.warning', 'warning_pkey', 'PRIMARY KEY (submission_key, unit_id, rule_id, pointer)')
  ) e (relation, name, definition)
  left join pg_constraint k on k.conrelid = to_regclass(e.relation) and k.conname = e.name
  where pg_get_constraintdef(k.oid) is distinct from e.definition;
  if missing is not null then
    raise exception 'constraints missing or different: %', missing;
  end if;
  select string_agg(e.name, ', ') into missing
  from (values
    ('intake.held_code_idx', 'CREATE INDEX held_code_idx ON intake.held USING btree (code, log_no, part, kafka_offset)'),
    ('intake.held_open_idx',
      'CREATE INDEX held_open_idx ON intake.held USING btree (cause, log_no, part, kafka_offset) WHERE ((outcome = ''p''::"char") AND (settled_at IS NULL))')
  ) e (name, definition)
  where to_regclass(e.name) is null or pg_get_indexdef(to_regclass(e.name)) <> e.definition;
  if missing is not null then
    raise exception 'indexes missing or different: %', missing;
  end if;
end
$$;
