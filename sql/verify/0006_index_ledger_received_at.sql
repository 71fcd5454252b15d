-- Fails unless 0006_index_ledger_received_at.sql did what it says: the ledger and its partition have the index, and ranges without a summary stay few.
do $$
declare
  missing text;
begin
  perform set_config('search_path', 'pg_catalog', true); -- definitions print qualified names
  select string_agg(e.name, ', ') into missing
  from (values
    ('intake.ledger_received_at_idx', 'CREATE INDEX ledger_received_at_idx ON ONLY intake.ledger USING brin (received_at) WITH (autosummarize=''on'')'),
    ('intake.ledger_default_received_at_idx',
      'CREATE INDEX ledger_default_received_at_idx ON intake.ledger_default USING brin (received_at) WITH (autosummarize=''on'')')
  ) e (name, definition)
  where to_regclass(e.name) is null or pg_get_indexdef(to_regclass(e.name)) <> e.definition;
  if missing is not null then
    raise exception 'indexes missing or different: %', missing;
  end if;
  if not exists (
    select from pg_class where oid = 'intake.ledger_default'::regclass
      and reloptions @> array['autovacuum_vacuum_insert_scale_factor=0', 'autovacuum_vacuum_insert_threshold=500000'])
  then
    raise exception 'intake.ledger_default is not vacuumed after 500000 new rows';
  end if;
end
$$;
