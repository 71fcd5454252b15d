-- The only grants. Applied again at every `emis db migrate`, after the tables exist; idempotent. Roles belong to the cluster: those that are missing are created without a password (LOGIN by
-- the server's own rules: peer, certificate or scram), limits are set for this database alone. What each role may do is the table in ops/cli/README.md: least privilege, one role a duty.

do $$
declare
  wanted record;
begin
  for wanted in
    select * from (values ('emis_owner', 'nologin'), ('emis_ingest', 'login'), ('emis_agg', 'login'), ('emis_heal', 'login'), ('emis_ops', 'login'), ('emis_bi', 'login')) as r (name, kind)
  loop
    begin
      if not exists (select from pg_catalog.pg_roles where rolname = wanted.name) then
        execute pg_catalog.format('create role %I %s', wanted.name, wanted.kind);
      end if;
    exception when duplicate_object or unique_violation then
      null; -- another database of the cluster is being migrated at this moment
    end;
  end loop;
  -- The aggregator heals and applies registry changes: its login has both duties.
  if not pg_catalog.pg_has_role('emis_agg', 'emis_heal', 'member') then
    grant emis_heal to emis_agg;
  end if;
end
$$;

-- A statement that hangs must not hold its locks for ever; lc_messages is fixed so that "COPY t, line N" can be read.
do $$
declare
  wanted record;
begin
  for wanted in
    select * from (values
      ('emis_ingest', 'statement_timeout', '20s'), ('emis_ingest', 'idle_in_transaction_session_timeout', '60s'), ('emis_ingest', 'lc_messages', 'C'),
      ('emis_agg', 'statement_timeout', '10min'), ('emis_agg', 'idle_in_transaction_session_timeout', '60s'), ('emis_agg', 'lc_messages', 'C'),
      -- A refresh sorts and hashes thousands of leaves at a time, in statements that a compiler would not make faster.
      ('emis_agg', 'work_mem', '64MB'), ('emis_agg', 'jit', 'off'),
      ('emis_heal', 'statement_timeout', '10min'), ('emis_heal', 'idle_in_transaction_session_timeout', '60s'), ('emis_heal', 'lc_messages', 'C'),
      ('emis_ops', 'statement_timeout', '10min'), ('emis_ops', 'idle_in_transaction_session_timeout', '60s'),
      ('emis_bi', 'statement_timeout', '5min'), ('emis_bi', 'idle_in_transaction_session_timeout', '5min'), ('emis_bi', 'default_transaction_read_only', 'on')) as s (role, name, value)
  loop
    if not exists (
      select from pg_catalog.pg_db_role_setting as s
      where s.setdatabase = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())
        and s.setrole = (select oid from pg_catalog.pg_roles where rolname = wanted.role)
        and pg_catalog.format('%s=%s', wanted.name, wanted.value) = any (s.setconfig))
    then
      execute pg_catalog.format('alter role %I in database %I set %I = %L', wanted.role, pg_catalog.current_database(), wanted.name, wanted.value);
    end if;
  end loop;
  execute pg_catalog.format('revoke create, temporary on database %I from public', pg_catalog.current_database());
  execute pg_catalog.format('grant temporary on database %I to emis_ops', pg_catalog.current_database());
  execute pg_catalog.format('grant connect on database %I to emis_ingest, emis_agg, emis_heal, emis_ops, emis_bi', pg_catalog.current_database());
end
$$;

revoke create on schema public from public;

-- Advisory locks hold up ingest and aggregation: who only reads takes none.
do $$
declare
  item record;
begin
  if not (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then
    return; -- only a superuser may take a right on a function of the system from everybody
  end if;
  for item in
    select p.oid::regprocedure as signature from pg_catalog.pg_proc as p
    where p.pronamespace = 'pg_catalog'::regnamespace and p.proname ~ '^pg_(try_)?advisory_' and pg_catalog.has_function_privilege('emis_bi', p.oid, 'execute')
  loop
    execute pg_catalog.format('revoke execute on function %s from public', item.signature);
    execute pg_catalog.format('grant execute on function %s to emis_owner, emis_ingest, emis_agg, emis_heal, emis_ops', item.signature);
  end loop;
end
$$;

-- Nothing is left over from an earlier version of this file.
revoke all on all tables in schema ref, intake, core, control, mart, desk, archive, pub, sec from emis_ingest, emis_agg, emis_heal, emis_ops, emis_bi;
revoke all on all sequences in schema ref, intake, core, control, mart, desk, archive, pub, sec from emis_ingest, emis_agg, emis_heal, emis_ops, emis_bi;

-- emis_ingest: adds what arrived, moves its offset row and intake.current, and reads the keys and the registry that verdicts need.
grant usage on schema ref, intake, core, control to emis_ingest;
grant insert on all tables in schema core to emis_ingest;
grant insert on intake.ledger, intake.submission, intake.warning, intake.held to emis_ingest;
grant select (submission_id, unit_id, submission_key, log_no, part, kafka_offset) on intake.submission to emis_ingest;
grant select (log_no, part, kafka_offset, sha256) on intake.ledger to emis_ingest;
grant select, insert, update on intake.current to emis_ingest;
grant select on all tables in schema ref to emis_ingest;
grant select, insert, update on control.kafka_log, control.kafka_offset, control.worker, control.alarm to emis_ingest;
grant insert on control.dirty to emis_ingest;

-- emis_agg: reads facts, replaces cells.
grant usage on schema ref, intake, core, control, mart to emis_agg;
grant select on all tables in schema core, intake, ref to emis_agg;
grant select, insert, update, delete on all tables in schema mart to emis_agg;
grant select, insert, update, delete on control.dirty, control.dirty_failed to emis_agg;
grant select, insert, update on control.worker, control.alarm, control.audit_run, control.finding to emis_agg;
grant select on control.kafka_log, control.kafka_offset, control.registry_change to emis_agg;

-- Every key it writes comes from the dimensions, so its transactions may leave the foreign keys of mart unchecked; four look-ups a row cost more than the row.
do $$
begin
  if (select rolsuper from pg_catalog.pg_roles where rolname = current_user)
     and not pg_catalog.has_parameter_privilege('emis_agg', 'session_replication_role', 'set') then
    grant set on parameter session_replication_role to emis_agg;
  end if;
end
$$;

-- emis_heal: settles parked records as ingest would have, applies registry changes.
grant usage on schema ref, intake, core, control, mart to emis_heal;
grant select, insert on all tables in schema core to emis_heal;
grant select, insert on intake.submission, intake.warning to emis_heal;
grant select, insert, update on intake.current to emis_heal;
grant select on intake.ledger, intake.held to emis_heal;
grant update (settled_at, settled_outcome, settled_code, settled_submission_key, settled_version) on intake.held to emis_heal;
grant select, insert, update on all tables in schema ref to emis_heal;
grant usage on sequence ref.place_place_id_seq to emis_heal; -- apply_place_numbers takes a range of it
grant select, insert, update on mart.dim_area, mart.dim_area_label, mart.dim_period, mart.dim_date to emis_heal;
grant select, insert on control.dirty to emis_heal;
grant select, insert, update, delete on control.registry_change to emis_heal;
grant select, insert, update on control.worker, control.alarm to emis_heal;

-- emis_ops: counts, codes and the state of everything; the bytes of a held record come with the columns it is shown by. Replays, back-casts.
-- Answers in time (`emis indicator get --as-of`, `--known`) are made from facts, in tables of its own session.
grant usage on schema ref, intake, core, control, mart to emis_ops;
grant select on all tables in schema intake, core, control, ref, mart to emis_ops;
grant update (replayed_at_offset) on intake.held to emis_ops;
grant insert, update, delete on mart.backcast to emis_ops;

revoke execute on all functions in schema control from public;
grant execute on all functions in schema control to emis_ops, emis_agg;

-- emis_bi: the mart and nothing else. Without REFERENCES a tool does not see the foreign keys.
grant usage on schema mart to emis_bi;
grant select, references on all tables in schema mart to emis_bi;

-- The schemas and what is in them belong to emis_owner, whom nobody is logged in as.
do $$
declare
  item record;
begin
  if not (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then
    return; -- only a superuser may give away; the lab and the first installation are
  end if;
  for item in
    select n.nspname from pg_catalog.pg_namespace as n
    where n.nspname in ('ref', 'intake', 'core', 'control', 'mart', 'desk', 'archive', 'pub', 'sec')
      and n.nspowner <> (select oid from pg_catalog.pg_roles where rolname = 'emis_owner')
  loop
    execute pg_catalog.format('alter schema %I owner to emis_owner', item.nspname);
  end loop;
  for item in
    select n.nspname, c.relname, case c.relkind when 'v' then 'view' else 'table' end as kind
    from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    where n.nspname in ('ref', 'intake', 'core', 'control', 'mart', 'desk', 'archive', 'pub', 'sec')
      and c.relkind in ('r', 'p', 'v')
      and c.relowner <> (select oid from pg_catalog.pg_roles where rolname = 'emis_owner')
  loop
    execute pg_catalog.format('alter %s %I.%I owner to emis_owner', item.kind, item.nspname, item.relname);
  end loop;
  for item in
    select p.oid::regprocedure as signature
    from pg_catalog.pg_proc as p join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
    where n.nspname in ('ref', 'intake', 'core', 'control', 'mart', 'desk', 'archive', 'pub', 'sec')
      and p.proowner <> (select oid from pg_catalog.pg_roles where rolname = 'emis_owner')
  loop
    execute pg_catalog.format('alter function %s owner to emis_owner', item.signature);
  end loop;
end
$$;
