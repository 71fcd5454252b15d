-- Purpose:    the facts against the submissions, table by table: rows whose submission is not there, and whole rows that stand more than once (two writers left both).
-- Parameters: none.
-- Returns:    one row per fact table of core.
-- Writes:     nothing. Runs as its owner: who may not read facts may still count what is wrong with them.
create or replace function control.check_facts()
  returns table (relation text, orphan_count bigint, double_count bigint)
  language plpgsql stable security definer set search_path = pg_catalog set work_mem = '64MB'
as $$
declare
  columns text;
begin
  for relation, columns in
    select c.relname, string_agg(format('f.%I', a.attname), ', ' order by a.attnum)
    from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where n.nspname = 'core' and not c.relispartition and c.relkind in ('p', 'r')
    group by c.relname order by c.relname
  loop
    execute format('select count(*) from core.%I as f where not exists (select from intake.submission as s where s.submission_key = f.submission_key and s.unit_id = f.unit_id)', relation)
      into orphan_count;
    execute format('select coalesce(sum(d.n - 1), 0) from (select count(*) as n from core.%I as f group by %s having count(*) > 1) as d', relation, columns)
      into double_count;
    return next;
  end loop;
end
$$;
comment on function control.check_facts() is 'Facts without a submission and facts that stand more than once, per table of core: both must be 0.';
