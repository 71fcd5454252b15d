-- Each large table could be distributed over several servers: a unique key there must contain the distribution column.
begin;
select plan(5);

-- What stays on the coordinator, or is placed by partition, as measured: small, or keyed by the record's place in Kafka.
create temporary table coordinator (relation regclass primary key);
insert into coordinator values ('intake.ledger'), ('intake.held'), ('control.kafka_log'), ('control.kafka_offset');

create temporary view unique_key as
select c.oid::regclass as relation, n.nspname, i.indexrelid::regclass as name,
  (select array_agg(a.attname::text) from pg_attribute a where a.attrelid = c.oid and a.attnum = any (i.indkey)) as columns
from pg_index i
join pg_class c on c.oid = i.indrelid and not c.relispartition
join pg_namespace n on n.oid = c.relnamespace
where i.indisunique;

select is_empty(
  $$select name from unique_key where nspname in ('intake', 'core') and relation not in (select relation from coordinator)
    and not 'unit_id' = any (columns)$$,
  'every unique key of intake and core contains unit_id, or its table is on the coordinator');
select is_empty(
  $$select name from unique_key where relation = 'control.dirty'::regclass and not 'unit_id' = any (columns)$$,
  'a dirty mark lies beside the facts that it is about');
select is_empty(
  $$select u.name from unique_key u join ref.level l on u.relation in (to_regclass('mart.' || l.code || '_indicator'), to_regclass('mart.' || l.code || '_standing'), to_regclass('mart.backcast'))
    where not 'area_key' = any (u.columns)$$,
  'the key of each table of indicators, of standings and of what is back-cast contains area_key');
select is_empty(
  $$select a.relation from (values ('intake.submission'), ('intake.current'), ('intake.warning'), ('control.dirty'), ('control.dirty_failed')) a (relation)
    where not exists (select from pg_attribute t where t.attrelid = a.relation::regclass and t.attname = 'unit_id' and t.attnotnull)$$,
  'each of them has the column, never null');
select is_empty(
  $$select k.conrelid::regclass || ' ' || k.conname from pg_constraint k join pg_class c on c.oid = k.conrelid
    where k.contype = 'f' and c.relnamespace in ('intake'::regnamespace, 'core'::regnamespace)$$,
  'no foreign key on what arrives');

select * from finish();
rollback;
