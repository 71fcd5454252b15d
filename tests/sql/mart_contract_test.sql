-- mart is what BI tools read: real tables with keys, plain types, one indicator table for each level.
begin;
select plan(18);

create temporary view marted as
select c.oid, c.relname, c.relkind from pg_class c
where c.relnamespace = 'mart'::regnamespace and c.relkind in ('r', 'p', 'v', 'm') and not c.relispartition;

create temporary view leveled as
select 'mart.' || code || '_indicator' as relation, level_no, level_no = max(level_no) over () as is_deepest from ref.level;

select is_empty(
  $$select relname from marted m where relkind in ('r', 'p')
    and not exists (select from pg_constraint k where k.conrelid = m.oid and k.contype = 'p')$$,
  'every table has a primary key');
select is_empty($$select relname from marted where relkind = 'm'$$, 'no materialized views');
select is_empty(
  $$select m.relname || '.' || a.attname from marted m join pg_attribute a on a.attrelid = m.oid and a.attnum > 0 and not a.attisdropped
    join pg_type t on t.oid = a.atttypid
    where t.typcategory = 'A' or a.atttypid in ('json'::regtype, 'jsonb'::regtype, 'real'::regtype, 'double precision'::regtype)$$,
  'no arrays, no JSON, no floating point');
select isnt_empty('select relation from leveled', 'there are levels');
select is_empty(
  $$select relation from leveled where to_regclass(relation) is null$$,
  'each level has its table, named after its code');
select is_empty(
  $$select relation || ' -> ' || d.dimension from leveled
    cross join (values ('period_key', 'mart.dim_period'), ('indicator_key', 'mart.dim_indicator'), ('cut_key', 'mart.dim_cut'),
      ('area_key', 'mart.dim_area')) d (name, dimension)
    where not exists (
      select from pg_constraint k
      join pg_attribute a on a.attrelid = k.conrelid and k.conkey = array[a.attnum] and a.attname = d.name
      where k.conrelid = to_regclass(relation) and k.contype = 'f' and k.confrelid = to_regclass(d.dimension) and k.convalidated)$$,
  'each indicator table has a foreign key to each of its four dimensions');
select is_empty(
  $$select relation from leveled where not exists (
      select from pg_constraint k where k.conrelid = to_regclass(relation) and k.contype = 'p'
      and pg_get_constraintdef(k.oid) = 'PRIMARY KEY (area_key, period_key, indicator_key, cut_key)')$$,
  'period, indicator, cut and area are the key');
select is_empty(
  $$select relation || '.' || a.attname from leveled
    join pg_attribute a on a.attrelid = to_regclass(relation) and a.attnum > 0 and not a.attisdropped
    where not a.attnotnull and a.attname not in ('numerator', 'denominator', 'ratio')$$,
  'only numerator, denominator and ratio may be null');
select is_empty(
  $$select relation from leveled where not exists (
      select from pg_attribute a where a.attrelid = to_regclass(relation) and a.attname = 'ratio' and a.attgenerated = 's'
      and a.atttypid = 'numeric'::regtype)$$,
  'ratio is generated from numerator and denominator, and exact');
select is_empty(
  $$select relation from leveled
    where is_deepest and not exists (select from pg_partitioned_table p where p.partrelid = to_regclass(relation) and p.partdefid <> 0)$$,
  'the deepest level is partitioned and has a DEFAULT partition');
select is_empty(
  $$select relation from leveled where not exists (
      select from pg_depend d join pg_rewrite r on r.oid = d.objid and d.classid = 'pg_rewrite'::regclass
      where r.ev_class = 'mart.indicator'::regclass and d.refobjid = to_regclass(relation))$$,
  'mart.indicator is the view over all levels');
select is_empty(
  $$select code from ref.level where to_regclass('mart.' || code || '_standing') is null$$,
  'each level has a table of standings');
select is_empty(
  $$select l.code || ' -> ' || d.dimension from ref.level l
    cross join (values ('period_key', 'mart.dim_period'), ('indicator_key', 'mart.dim_indicator'), ('area_key', 'mart.dim_area')) d (name, dimension)
    where not exists (
      select from pg_constraint k
      join pg_attribute a on a.attrelid = k.conrelid and k.conkey = array[a.attnum] and a.attname = d.name
      where k.conrelid = to_regclass('mart.' || l.code || '_standing') and k.contype = 'f' and k.confrelid = to_regclass(d.dimension) and k.convalidated)$$,
  'each of them has a foreign key to its three dimensions');
select is_empty(
  $$select l.code from ref.level l where not exists (
      select from pg_constraint k where k.conrelid = to_regclass('mart.' || l.code || '_standing') and k.contype = 'p'
      and pg_get_constraintdef(k.oid) = 'PRIMARY KEY (area_key, period_key, indicator_key)')$$,
  'period, indicator and area are its key');
select is_empty(
  $$select l.code from ref.level l where not exists (
      select from pg_depend d join pg_rewrite r on r.oid = d.objid and d.classid = 'pg_rewrite'::regclass
      where r.ev_class = 'mart.standing'::regclass and d.refobjid = to_regclass('mart.' || l.code || '_standing'))$$,
  'mart.standing is the view over all levels');
select set_eq(
  $$select a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull from pg_attribute a
    where a.attrelid = 'mart.backcast'::regclass and a.attnum > 0 and not a.attisdropped$$,
  $$select a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull from leveled join pg_attribute a on a.attrelid = to_regclass(relation)
    where is_deepest and a.attnum > 0 and not a.attisdropped$$,
  'mart.backcast has the columns of the indicator tables');
select isnt_empty('select code from mart.dim_indicator', 'there are indicators');
select is_empty(
  $$select i.code || ' ' || l.language from mart.dim_indicator i
    cross join (values ('en'), ('ar')) l (language)
    left join mart.dim_indicator_label t on t.indicator_key = i.indicator_key and t.language = l.language
    where coalesce(t.name, '') !~ '\S'$$,
  'every indicator is named in English and in Arabic');

select * from finish();
rollback;
