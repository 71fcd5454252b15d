-- What each login may do and, above all, what it may not: the table of duties, read back from the server.
begin;
select plan(19);

create temporary view layered as
select c.oid, n.nspname || '.' || c.relname as relation, n.nspname as layer
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('ref', 'intake', 'core', 'control', 'mart', 'desk', 'archive', 'pub', 'sec')
  and c.relkind in ('r', 'p', 'v') and not c.relispartition;

create temporary view held_right as
select r.rolname::text as role, l.relation, l.layer, p.privilege
from pg_roles r
cross join layered l
cross join (values ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE'), ('REFERENCES'), ('TRIGGER')) p (privilege)
where r.rolname in ('emis_ingest', 'emis_agg', 'emis_heal', 'emis_ops', 'emis_bi') and has_table_privilege(r.oid, l.oid, p.privilege);

select bag_eq(
  $$select rolname::text, rolcanlogin from pg_roles where rolname in ('emis_owner', 'emis_ingest', 'emis_agg', 'emis_heal', 'emis_ops', 'emis_bi')$$,
  $$values ('emis_owner', false), ('emis_ingest', true), ('emis_agg', true), ('emis_heal', true), ('emis_ops', true), ('emis_bi', true)$$,
  'six roles; nobody logs in as the owner');
select is_empty(
  $$select rolname from pg_roles where rolname like 'emis\_%' and (rolsuper or rolcreaterole or rolcreatedb or rolbypassrls or rolreplication)$$,
  'none of them has a power over the server');
select is_empty(
  $$select l.relation from layered l join pg_class c on c.oid = l.oid where pg_get_userbyid(c.relowner) <> 'emis_owner'$$,
  'what is in the schemas belongs to emis_owner');
select is_empty(
  $$select r.role || ' ' || l.layer from (values ('emis_ingest'), ('emis_agg'), ('emis_heal'), ('emis_ops'), ('emis_bi')) r (role)
    cross join (select distinct layer from layered union select 'public') l
    where has_schema_privilege(r.role, l.layer, 'CREATE')$$,
  'no program creates anything in a schema');
select set_eq(
  $$select r.role from (values ('emis_ingest'), ('emis_agg'), ('emis_heal'), ('emis_ops'), ('emis_bi')) r (role) where has_database_privilege(r.role, current_database(), 'TEMPORARY')$$,
  $$values ('emis_ops')$$,
  'only an operator makes temporary tables, for answers in time');
select set_eq(
  $$select r.rolname::text from pg_roles r where r.rolname like 'emis\_%'
    and has_function_privilege(r.oid, 'pg_advisory_lock(int, int)', 'EXECUTE') and has_function_privilege(r.oid, 'pg_try_advisory_xact_lock_shared(bigint)', 'EXECUTE')$$,
  $$values ('emis_owner'), ('emis_ingest'), ('emis_agg'), ('emis_heal'), ('emis_ops')$$,
  'who reads the mart takes no lock that a worker waits for');
select is_empty(
  $$select role || ' ' || relation || ' ' || privilege from held_right where privilege in ('TRUNCATE', 'TRIGGER')$$,
  'no program truncates or adds triggers');
select is_empty(
  $$select role || ' ' || relation || ' ' || privilege from held_right where relation = 'intake.ledger' and privilege in ('UPDATE', 'DELETE')$$,
  'the ledger is immutable');
select is_empty(
  $$select role || ' ' || relation || ' ' || privilege from held_right
    where (layer = 'core' or relation in ('intake.submission', 'intake.warning')) and privilege in ('UPDATE', 'DELETE')$$,
  'facts and submissions are insert-only');
select is_empty(
  $$select relation || ' ' || privilege from held_right where relation = 'intake.held' and privilege in ('UPDATE', 'DELETE')$$,
  'nobody rewrites a held record');
select set_eq(
  $$select a.attname::text from pg_attribute a where a.attrelid = 'intake.held'::regclass and a.attnum > 0
    and has_column_privilege('emis_heal', a.attrelid, a.attnum, 'UPDATE')$$,
  $$values ('settled_at'), ('settled_outcome'), ('settled_code'), ('settled_submission_key'), ('settled_version')$$,
  'healing writes the later fate of a held record and nothing else of it');
select set_eq(
  $$select a.attname::text from pg_attribute a where a.attrelid = 'intake.held'::regclass and a.attnum > 0
    and has_column_privilege('emis_ops', a.attrelid, a.attnum, 'UPDATE')$$,
  $$values ('replayed_at_offset')$$,
  'an operator notes a replay and nothing else');
select is_empty(
  $$select relation || ' ' || privilege from held_right where role = 'emis_ingest' and layer in ('mart', 'ref', 'sec') and privilege <> 'SELECT'$$,
  'ingest writes neither registry nor mart');
select is_empty(
  $$select relation from held_right where role = 'emis_ingest' and (layer = 'core' or relation = 'intake.held') and privilege = 'SELECT'$$,
  'ingest does not read back what it stored');
select is_empty(
  $$select relation || ' ' || privilege from held_right where role = 'emis_bi' and layer <> 'mart'$$,
  'BI reads the mart and nothing else');
select set_eq(
  $$select l.relation, p.privilege from layered l cross join (values ('SELECT'), ('REFERENCES')) p (privilege) where l.layer = 'mart'$$,
  $$select relation, privilege from held_right where role = 'emis_bi'$$,
  'BI has SELECT, and REFERENCES, without which a tool sees no foreign keys, on all of the mart');
select is_empty(
  $$select relation || ' ' || privilege from held_right where role = 'emis_ops' and privilege in ('INSERT', 'UPDATE', 'DELETE') and layer in ('core', 'intake', 'mart')
    and relation <> 'mart.backcast'$$,
  'operators change no record and no published cell by hand; what they back-cast stands beside');
select set_eq(
  $$select relation from held_right where role = 'emis_ingest' and privilege = 'INSERT' and layer in ('intake', 'control')$$,
  $$values ('intake.ledger'), ('intake.submission'), ('intake.warning'), ('intake.held'), ('intake.current'), ('control.kafka_log'),
    ('control.kafka_offset'), ('control.worker'), ('control.alarm'), ('control.dirty')$$,
  'what ingest adds to');
select is_empty(
  $$select r.role || ' ' || s.setting from (values ('emis_ingest'), ('emis_agg')) r (role)
    cross join (values ('lc_messages=C'), ('statement_timeout=')) s (setting)
    where not exists (
      select from pg_db_role_setting d, unnest(d.setconfig) c
      where d.setrole = (select oid from pg_roles where rolname = r.role)
        and d.setdatabase in (0, (select oid from pg_database where datname = current_database())) and c like s.setting || '%')$$,
  'messages are in a fixed language and no statement runs for ever');

select * from finish();
rollback;
