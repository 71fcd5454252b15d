-- Every table, view and column says what it is: whoever opens the database reads it there.
begin;
select plan(3);

create temporary view described as
select c.oid, n.nspname || '.' || c.relname as relation
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('ref', 'intake', 'core', 'control', 'mart', 'desk', 'archive', 'pub', 'sec')
  and c.relkind in ('r', 'p', 'v') and not c.relispartition;

select cmp_ok((select count(*) from described), '>=', 40::bigint, 'the tables of all layers are there');
select is_empty(
  $$select relation from described where coalesce(obj_description(oid, 'pg_class'), '') !~ '\S'$$,
  'every table and view has a comment');
select is_empty(
  $$select d.relation || '.' || a.attname
    from described d join pg_attribute a on a.attrelid = d.oid and a.attnum > 0 and not a.attisdropped
    where coalesce(col_description(d.oid, a.attnum), '') !~ '\S'$$,
  'every column has a comment');

select * from finish();
rollback;
