-- Fails unless 0003_create_control.sql did what it says: names, types, constraints, indexes, comments. Later migrations and the catalogue may add to it.
do $$
declare
  missing text;
begin
  perform set_config('search_path', 'pg_catalog', true); -- definitions print qualified names
  select string_agg(e.relation || '.' || e.name, ', ') into missing
  from (values
    ('control.kafka_log', 'log_no', 'smallint', true),
    ('control.kafka_log', 'cluster_id', 'text', true),
    ('control.kafka_log', 'topic', 'text', true),
    ('control.kafka_log', 'partition_count', 'smallint', true),
    ('control.kafka_log', 'adopted_at', 'timestamp with time zone', true),
    ('control.kafka_offset', 'log_no', 'smallint', true),
    ('control.kafka_offset', 'part', 'smallint', true),
    ('control.kafka_offset', 'start_offset', 'bigint', true),
    ('control.kafka_offset', 'next_offset', 'bigint', true),
    ('control.kafka_offset', 'owner_epoch', 'bigint', true),
    ('control.kafka_offset', 'owner_pid', 'integer', false),
    ('control.kafka_offset', 'owner_started_at', 'timestamp with time zone', false),
    ('control.kafka_offset', 'owner_name', 'text', false),
    ('control.kafka_offset', 'tail_sha256', 'bytea', false),
    ('control.kafka_offset', 'tail_at', 'timestamp with time zone', false),
    ('control.dirty', 'dirty_id', 'bigint', true),
    ('control.dirty', 'lane', 'integer', true),
    ('control.dirty', 'form_id', 'smallint', true),
    ('control.dirty', 'period_id', 'integer', true),
    ('control.dirty', 'unit_id', 'integer', true),
    ('control.dirty', 'added_at', 'timestamp with time zone', true),
    ('control.dirty_failed', 'lane', 'integer', true),
    ('control.dirty_failed', 'form_id', 'smallint', true),
    ('control.dirty_failed', 'period_id', 'integer', true),
    ('control.dirty_failed', 'unit_id', 'integer', true),
    ('control.dirty_failed', 'statement', 'text', true),
    ('control.dirty_failed', 'sqlstate', 'text', true),
    ('control.dirty_failed', 'message', 'text', true),
    ('control.dirty_failed', 'attempt_count', 'integer', true),
    ('control.dirty_failed', 'failed_at', 'timestamp with time zone', true),
    ('control.registry_change', 'change_id', 'bigint', true),
    ('control.registry_change', 'submission_key', 'bigint', false),
    ('control.registry_change', 'source', 'text', true),
    ('control.registry_change', 'kind', 'text', true),
    ('control.registry_change', 'unit_code', 'text', false),
    ('control.registry_change', 'effective_on', 'date', false),
    ('control.registry_change', 'state', 'text', true),
    ('control.registry_change', 'code', 'smallint', false),
    ('control.registry_change', 'pointer', 'text', false),
    ('control.registry_change', 'message', 'text', false),
    ('control.registry_change', 'applied_version', 'bigint', false),
    ('control.registry_change', 'changed_count', 'integer', true),
    ('control.registry_change', 'recorded_at', 'timestamp with time zone', true),
    ('control.worker', 'worker_name', 'text', true),
    ('control.worker', 'program', 'text', true),
    ('control.worker', 'pid', 'integer', true),
    ('control.worker', 'host', 'text', true),
    ('control.worker', 'version', 'text', true),
    ('control.worker', 'started_at', 'timestamp with time zone', true),
    ('control.worker', 'seen_at', 'timestamp with time zone', true),
    ('control.worker', 'state', 'text', true),
    ('control.worker', 'metrics_port', 'integer', false),
    ('control.alarm', 'alarm_key', 'text', true),
    ('control.alarm', 'code', 'smallint', true),
    ('control.alarm', 'message', 'text', true),
    ('control.alarm', 'raised_at', 'timestamp with time zone', true),
    ('control.alarm', 'seen_at', 'timestamp with time zone', true),
    ('control.alarm', 'cleared_at', 'timestamp with time zone', false),
    ('control.audit_run', 'audit_run_id', 'bigint', true),
    ('control.audit_run', 'started_at', 'timestamp with time zone', true),
    ('control.audit_run', 'finished_at', 'timestamp with time zone', true),
    ('control.audit_run', 'cell_count', 'bigint', true),
    ('control.audit_run', 'skipped_count', 'bigint', true),
    ('control.audit_run', 'mismatch_count', 'bigint', true)
  ) e (relation, name, type, is_required)
  left join pg_attribute a on a.attrelid = to_regclass(e.relation) and a.attname = e.name and not a.attisdropped
  where a.attnum is null or format_type(a.atttypid, a.atttypmod) <> e.type or a.attnotnull <> e.is_required;
  if missing is not null then
    raise exception 'columns missing or of another type: %', missing;
  end if;
  select string_agg(e.relation, ', ') into missing
  from (values
    ('control.kafka_log'), ('control.kafka_offset'), ('control.dirty'), ('control.dirty_failed'),
    ('control.registry_change'), ('control.worker'), ('control.alarm'), ('control.audit_run')
  ) e (relation)
  where obj_description(to_regclass(e.relation), 'pg_class') is null
    or exists (select from pg_attribute a where a.attrelid = to_regclass(e.relation) and a.attnum > 0 and not a.attisdropped
      and col_description(a.attrelid, a.attnum) is null);
  if missing is not null then
    raise exception 'tables or columns without comment: %', missing;
  end if;
  select string_agg(e.relation || ' ' || e.name, ', ') into missing
  from (values
    ('control.kafka_log', 'kafka_log_log_no_check', 'CHECK (((log_no >= 0) AND (log_no <= 1023)))'),
    ('control.kafka_log', 'kafka_log_partition_count_check', 'CHECK (((partition_count >= 1) AND (partition_count <= 8192)))'),
    ('control.kafka_log', 'kafka_log_pkey', 'PRIMARY KEY (log_no)'),
    ('control.kafka_log', 'kafka_log_cluster_id_topic_log_no_key', 'UNIQUE (cluster_id, topic, log_no)'),
    ('control.kafka_offset', 'kafka_offset_next_check', 'CHECK ((next_offset >= start_offset))'),
    ('control.kafka_offset', 'kafka_offset_part_check', 'CHECK (((part >= 0) AND (part <= 8191)))'),
    ('control.kafka_offset', 'kafka_offset_log_no_fkey', 'FOREIGN KEY (log_no) REFERENCES control.kafka_log(log_no)'),
    ('control.kafka_offset', 'kafka_offset_pkey', 'PRIMARY KEY (log_no, part)'),
    ('control.dirty', 'dirty_pkey', 'PRIMARY KEY (lane, dirty_id, unit_id)'),
    ('control.dirty_failed', 'dirty_failed_pkey', 'PRIMARY KEY (lane, form_id, period_id, unit_id)'),
    ('control.registry_change', 'registry_change_check', 'CHECK (((state = ''open''::text) = (code IS NOT NULL)))'),
    ('control.registry_change', 'registry_change_source_check',
      'CHECK ((source = ANY (ARRAY[''import''::text, ''event''::text, ''calendar''::text, ''period''::text, ''catalogue''::text])))'),
    ('control.registry_change', 'registry_change_state_check', 'CHECK ((state = ANY (ARRAY[''applied''::text, ''open''::text])))'),
    ('control.registry_change', 'registry_change_pkey', 'PRIMARY KEY (change_id)'),
    ('control.registry_change', 'registry_change_submission_key_key', 'UNIQUE (submission_key)'),
    ('control.worker', 'worker_pkey', 'PRIMARY KEY (worker_name)'),
    ('control.alarm', 'alarm_pkey', 'PRIMARY KEY (alarm_key)'),
    ('control.audit_run', 'audit_run_pkey', 'PRIMARY KEY (audit_run_id)')
  ) e (relation, name, definition)
  left join pg_constraint k on k.conrelid = to_regclass(e.relation) and k.conname = e.name
  where pg_get_constraintdef(k.oid) is distinct from e.definition;
  if missing is not null then
    raise exception 'constraints missing or different: %', missing;
  end if;
end
$$;
