-- Fact tables are insert-only heaps: a key costs three times the load, and uniqueness is assured before the rows get here.
begin;
select plan(9);

create temporary view fact as
select c.oid, c.relname from pg_class c
where c.relnamespace = 'core'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition;

select isnt_empty('select relname from fact', 'there are fact tables');
select bag_eq(
  $$select relname::text from fact$$,
  $$select lower(f.body::json ->> 'code') || '_' || (g ->> 'code')
    from ref.catalogue_document f, json_array_elements(f.body::json -> 'groups') g
    where f.until_version is null and f.path like 'forms/%'
      and (f.body::json ->> 'version')::int = (select max((o.body::json ->> 'version')::int) from ref.catalogue_document o
        where o.until_version is null and o.path like 'forms/%' and o.body::json ->> 'code' = f.body::json ->> 'code')$$,
  'one table for each group of each form of the catalogue, and no other');
select is_empty(
  $$select k.conrelid::regclass || ' ' || k.conname from pg_constraint k join pg_class c on c.oid = k.conrelid
    where c.relnamespace = 'core'::regnamespace and k.contype in ('p', 'f', 'u', 'x')$$,
  'no primary, foreign, unique or exclusion key on facts');
select is_empty(
  $$select t.tgrelid::regclass || ' ' || t.tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where c.relnamespace = 'core'::regnamespace and not t.tgisinternal$$,
  'no trigger on facts');
select is_empty(
  $$select relname from fact f where not exists (select from pg_partitioned_table p where p.partrelid = f.oid and p.partdefid <> 0)$$,
  'every fact table is partitioned and has a DEFAULT partition: a period without a partition of its own is not refused');
select is_empty(
  $$select f.relname from fact f join pg_partitioned_table p on p.partrelid = f.oid
    where pg_get_partkeydef(f.oid) <> 'RANGE (starts_on)'$$,
  'by range of the period''s first day');
select is_empty(
  $$select f.relname from fact f left join pg_index i on i.indrelid = f.oid and i.indexrelid::regclass::text not like '%\_shared\_idx'
    group by f.relname
    having count(i.indexrelid) <> 1 or bool_or(i.indisunique) or min(pg_get_indexdef(i.indexrelid)) !~ 'USING btree \(submission_key\)$'$$,
  'exactly one index: a plain btree on submission_key; beside it that of a key which a rule looks for in all units');
select is_empty(
  $$select f.relname from fact f
    where (select string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull, ', ' order by a.attnum)
      from pg_attribute a where a.attrelid = f.oid and a.attnum between 1 and 3)
      <> 'submission_key bigint true, starts_on date true, unit_id integer true'$$,
  'the record''s key, the period and the unit come first and are never null');
select is_empty(
  $$select f.relname || '.' || a.attname from fact f join pg_attribute a on a.attrelid = f.oid and a.attnum > 0 and not a.attisdropped
    where a.atttypid in ('real'::regtype, 'double precision'::regtype)$$,
  'no floating point in stored measures');

select * from finish();
rollback;
